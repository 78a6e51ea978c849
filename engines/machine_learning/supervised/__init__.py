"""Supervised learning (*aprendizaje supervisado*): predict a class or an amount, and know how far to trust it."""
