"""Revisions of the branch `engines`."""
