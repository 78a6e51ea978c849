"""Integration and automation: what connects the house to other systems, and its parts to each other."""
