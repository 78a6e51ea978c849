"""Revisions of the branch `crm`."""
