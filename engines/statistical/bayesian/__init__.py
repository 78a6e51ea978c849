"""Bayesian inference (*inferencia bayesiana*): what is believed after the data, from what was believed before."""
