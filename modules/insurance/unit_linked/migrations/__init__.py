"""Revisions of the branch `unit_linked`."""
