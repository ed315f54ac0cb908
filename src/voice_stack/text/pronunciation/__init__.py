"""Lexicons, and words that are kept through normalisation."""
