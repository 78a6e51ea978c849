"""Revisions of the branch `comunidades`."""
