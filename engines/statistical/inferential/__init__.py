"""Inference (*inferencia*): whether what the data show could be chance, and how sure an estimate is."""
