"""Kokoro: a small neural engine with voices of its own."""
