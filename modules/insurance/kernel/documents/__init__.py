"""Documents of each stage (*documentos de cada fase*): content typed in Python, set by typst, kept encrypted.

A builder is a pure function from records to content (`content`); a template lays it out. Words
of customers are values in it and never markup. The same content and template are the same bytes.
"""
