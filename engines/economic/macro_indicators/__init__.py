"""Indicators of the economy (*indicadores macroeconómicos*): cycles, price indices, real values, inequality."""
