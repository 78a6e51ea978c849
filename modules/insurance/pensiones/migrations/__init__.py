"""Revisions of the branch `pensiones`."""
