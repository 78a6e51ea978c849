"""Revisions of the branch `ciber`."""
