"""Market risk (*riesgo financiero*): VaR and expected shortfall, volatility, back-tests, extremes, solvency."""
