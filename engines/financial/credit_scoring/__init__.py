"""Credit scoring (*evaluación del riesgo de crédito*): classes, scorecards, validation, capital.

The target is 1 for bad (default) and 0 for good. Weights of evidence are ln(share of good / share of
bad): the higher, the better the risk.
"""
