"""Revisions of the branch `notifications`."""
