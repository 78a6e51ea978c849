"""Revisions of the branch `ingenieria`."""
