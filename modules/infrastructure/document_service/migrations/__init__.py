"""Revisions of the branch `documents`."""
