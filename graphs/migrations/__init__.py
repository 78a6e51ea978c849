"""Revisions of the branch `graphs`."""
