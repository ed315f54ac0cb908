"""Marks of synthetic speech: what survives, what it costs, and what is taken for a mark that is none."""
