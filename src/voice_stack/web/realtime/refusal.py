"""Refusals of WebSockets: the answer to a handshake, as to any request."""

from fastapi import WebSocket

from voice_stack.core.errors import VoiceStackError
from voice_stack.web.errors import error_response


async def refuse(websocket: WebSocket, error: VoiceStackError) -> None:
    """Answer a handshake with an error."""
    await websocket.send_denial_response(error_response(websocket.scope, error))
