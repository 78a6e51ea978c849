"""Revisions of the branch `agrario`."""
