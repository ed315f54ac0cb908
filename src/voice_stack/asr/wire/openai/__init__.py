"""OpenAI's audio API, the transcription side."""
