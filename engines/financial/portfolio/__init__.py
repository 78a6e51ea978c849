"""Portfolio (*cartera de inversión*): which weights, what they yield and risk, bonds, assets against liabilities."""
