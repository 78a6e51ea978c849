"""Enrichment (*enriquecimiento*): one form for names, addresses and telephones, and records of one person found."""
