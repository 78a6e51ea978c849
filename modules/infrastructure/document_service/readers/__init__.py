"""Readers of one kind of file each. They run in the sandbox alone, and never trust a name."""
