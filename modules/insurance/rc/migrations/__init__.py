"""Revisions of the branch `rc`."""
