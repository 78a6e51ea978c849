"""The eight executors: each decides and acts in its field, within its authority."""
