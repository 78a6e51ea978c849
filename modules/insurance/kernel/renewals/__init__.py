"""Renewals (*renovación de cartera*): what the next annuity costs and why, one by one or a whole month as a job."""
