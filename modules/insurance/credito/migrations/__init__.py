"""Revisions of the branch `credito`."""
