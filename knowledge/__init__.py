"""Knowledge (*conocimiento*): what is known. Ingestion, the store, retrieval with citations."""

from knowledge.store import Ingested, Knowledge, Passage

__all__ = ["Ingested", "Knowledge", "Passage"]
