"""openai-whisper: the reference implementation, on torch."""
