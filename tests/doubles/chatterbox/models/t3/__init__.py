"""The package of the language model."""
