"""Realtime transcription (OpenAI's WebSocket)."""
