"""Machine learning (*aprendizaje automático*): models that are fitted, texts and pictures that are read."""
