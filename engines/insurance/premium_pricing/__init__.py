"""Pricing (*tarificación*): from expected losses to the premium that a customer pays."""
