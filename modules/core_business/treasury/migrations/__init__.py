"""Revisions of the branch `treasury`."""
