"""A tiny Supertonic, built when it is needed."""
