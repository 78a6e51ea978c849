"""The eight specialists: each advises from its field, reads only, and may dissent."""
