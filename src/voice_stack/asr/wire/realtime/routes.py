"""WebSocket /realtime, and the routes that make ephemeral keys for it. What serves them is imported when it is used."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, WebSocket

from voice_stack.web.realtime.routes import realtime_router


async def _serve(websocket: WebSocket) -> None:
    from voice_stack.asr.wire.realtime.opening import serve_realtime

    await serve_realtime(websocket)


def _describe(request: Request, content: Mapping[str, Any] | None) -> dict[str, Any]:
    from voice_stack.asr.wire.realtime.opening import secret_session

    return secret_session(request.app.state.service, content)


def _describe_flat(request: Request, content: Mapping[str, Any] | None) -> dict[str, Any]:
    from voice_stack.asr.wire.realtime.opening import flat_secret_session

    return flat_secret_session(request.app.state.service, content)


router = realtime_router(_serve, _describe, _describe_flat)
