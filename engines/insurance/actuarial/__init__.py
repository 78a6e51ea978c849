"""Actuarial science (*matemática actuarial*): what a life, a pension and a portfolio of claims cost."""
