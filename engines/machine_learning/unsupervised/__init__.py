"""Unsupervised learning (*aprendizaje no supervisado*): structure in a table without anything to predict."""
