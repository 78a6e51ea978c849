"""Reserving (*provisiones técnicas para siniestros*): what claims that have happened will still cost."""
