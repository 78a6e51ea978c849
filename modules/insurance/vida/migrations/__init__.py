"""Revisions of the branch `vida`."""
