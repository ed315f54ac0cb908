"""Transcription over Wyoming. Nothing of this is imported where WYOMING_ENABLED is false."""
