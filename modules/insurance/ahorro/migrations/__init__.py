"""Revisions of the branch `ahorro`."""
