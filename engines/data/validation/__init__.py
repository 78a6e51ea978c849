"""Validation (*validación*): identifiers, schemas and rules, checked before anything is believed."""
