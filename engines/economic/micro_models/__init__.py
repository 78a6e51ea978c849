"""Microeconomics (*modelos microeconómicos*): how people choose and pay, and how markets set a price."""
