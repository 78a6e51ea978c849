"""How typed values become screens: formats, labels, diffs, forms, turns. No requests, no database."""
