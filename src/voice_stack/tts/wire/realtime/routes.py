"""WebSocket /realtime of the speech service. What serves it is imported when it is used."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, WebSocket

from voice_stack.web.realtime.routes import realtime_router


async def _serve(websocket: WebSocket) -> None:
    from voice_stack.tts.wire.realtime.session import serve_speech

    await serve_speech(websocket)


def _describe(_: Request, content: Mapping[str, Any] | None) -> dict[str, Any]:
    from voice_stack.tts.wire.realtime.config import VoiceConfig
    from voice_stack.web.realtime.events import new_id

    return VoiceConfig().updated({"type": "realtime", **(content or {})}).json(new_id("sess"), 0)


router = realtime_router(_serve, _describe)
