"""Revisions of the branch `mascotas`."""
