"""The laboratory: what is measured and made apart from the services."""
