"""Revisions of the branch `industrial`."""
