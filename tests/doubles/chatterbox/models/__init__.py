"""Parts of chatterbox-tts whose names our engine changes."""
