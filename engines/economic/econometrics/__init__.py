"""Econometrics (*econometría*): how one variable depends on others, with its error, and what caused it."""
