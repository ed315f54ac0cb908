"""Texts in sentences and chunks."""
