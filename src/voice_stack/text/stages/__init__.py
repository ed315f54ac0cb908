"""Stages of a speech plan: each takes spans and gives spans, and knows only the ones of its own kind."""
