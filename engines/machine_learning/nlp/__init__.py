"""Language (*procesamiento del lenguaje*): what texts of clients and insurers say, by rules, words and meanings."""
