"""Diarization: who speaks when in a recording."""
