"""Reading and writing plain Spanish and English without a model: small pure parts."""
