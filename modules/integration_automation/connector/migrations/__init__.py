"""Revisions of the branch `connector`."""
