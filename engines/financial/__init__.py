"""Finance (*finanzas*): portfolios, risk, prices, credit."""
