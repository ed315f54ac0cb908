"""OpenAI's audio API, the speech side."""
