"""Loss ratios (*siniestralidad*): what claims and expenses take of the premium, on comparable terms."""
