"""Revisions of the branch `hogar`."""
