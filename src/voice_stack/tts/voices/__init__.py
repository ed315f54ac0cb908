"""The voice library: recordings in a folder, and what OpenAI's voice names stand for."""
