"""Diarization measured: who speaks when, and who says which words."""
