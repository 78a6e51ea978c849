"""Data (*datos*): read, checked, completed, measured, and fetched from pages."""
