"""Description (*estadística descriptiva*): what a set of values looks like, without a model."""
