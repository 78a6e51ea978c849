"""Knowledge (*conocimiento*): what is known. Ingestion, the store, retrieval with citations."""
