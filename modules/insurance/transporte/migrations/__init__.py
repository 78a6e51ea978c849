"""Revisions of the branch `transporte`."""
