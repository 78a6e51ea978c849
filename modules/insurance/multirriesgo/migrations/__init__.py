"""Revisions of the branch `multirriesgo`."""
