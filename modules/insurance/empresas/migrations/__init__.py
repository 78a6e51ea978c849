"""Revisions of the branch `empresas`."""
