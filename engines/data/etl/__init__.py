"""Extract, transform and load (*carga de datos*): files become tables, tables become other tables."""
