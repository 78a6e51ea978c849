"""Revisions of the branch `encashment`."""
