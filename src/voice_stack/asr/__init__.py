"""The transcription service (speech to text)."""
