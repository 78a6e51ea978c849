"""Infrastructure: what the house's own people and the outside reach each other by."""
