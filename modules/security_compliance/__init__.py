"""Security and compliance: the rules of the house, and who watches over them."""
