"""Revisions of the branch `kernel`."""
