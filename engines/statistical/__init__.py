"""Statistics (*estadística*): what the data say, and how surely."""
