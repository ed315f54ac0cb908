"""Diarization engines, a folder each."""
