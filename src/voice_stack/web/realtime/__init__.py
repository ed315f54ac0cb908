"""Realtime sessions over WebSockets: what both services do alike."""
