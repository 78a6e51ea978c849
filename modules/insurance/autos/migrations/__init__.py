"""Revisions of the branch `autos`."""
