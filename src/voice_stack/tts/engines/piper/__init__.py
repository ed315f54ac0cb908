"""Piper: a voice a file."""
