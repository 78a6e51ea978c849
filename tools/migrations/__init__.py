"""Migrations of the gate's own tables."""
