"""Derivatives (*derivados*): options, interest-rate contracts and guarantees, priced with QuantLib.

Rates, carries and volatilities are decimals a year, continuously compounded; times are years.
"""
