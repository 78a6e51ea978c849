"""The work that people do on a book of policies (*cartera*).

Searching it, seeing a customer whole, advising what is missing, taking a book over from a
file and giving it away in one, and the monthly statements by insurer (*borderós*).
"""
