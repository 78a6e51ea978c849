"""Risk classification (*clasificación de riesgos*): which risks have more claims, and how surely."""
