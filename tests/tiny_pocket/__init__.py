"""A tiny Pocket TTS, built when it is needed."""
