"""Agents (*agentes*): who thinks. Definitions, messages, routing, aggregation and models."""
