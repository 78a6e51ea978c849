"""Revisions of the branch `caucion`."""
