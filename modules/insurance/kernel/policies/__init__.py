"""The life of a policy after its issue: endorsements, endings, unpaid premiums, deadlines.

Pure rules stand in `proration`, `reasons`, `clawback`, `unpaid` and `law`; what the law
counts in days and months lies in `data/`, dated, with its article.
"""
