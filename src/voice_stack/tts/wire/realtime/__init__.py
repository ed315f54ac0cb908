"""Realtime speech (OpenAI's WebSocket)."""
