"""The beginning of a transcription session: its address, its key, its first configuration."""

from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket

from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.wire.realtime.config import SessionConfig
from voice_stack.asr.wire.realtime.session import TranscriptionSession
from voice_stack.asr.wire.realtime.transcription import CONVERSATION_PREFIXES, LIVE_MODELS
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.errors import InvalidValueError
from voice_stack.web.client_secrets import ClientSecret
from voice_stack.web.realtime.events import new_id
from voice_stack.web.realtime.socket import Emit, Session, serve_session
from voice_stack.web.realtime.state import RealtimeState


async def serve_realtime(websocket: WebSocket) -> None:
    """Serve one client to the end."""
    state: AsrState = websocket.app.state.service

    def make(realtime: RealtimeState, secret: ClientSecret | None, emit: Emit) -> Session:
        config, flat = _config(websocket, state, secret)
        beta = flat or "realtime=v1" in websocket.headers.get("openai-beta", "")
        beta = beta or "openai-beta.realtime-v1" in websocket.scope.get("subprotocols", [])
        return TranscriptionSession(state, realtime, config, emit, beta=beta)

    await serve_session(websocket, make)


def secret_session(state: AsrState, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The session that a key is made for, as it will be when it opens.

    Raises:
        InvalidEventError, ModelNotFoundError: it cannot be.
    """
    return _checked(state, _of_secret(content or {})).json(new_id("sess"), 0)


def flat_secret_session(state: AsrState, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same in the beta's shape."""
    return _checked(state, SessionConfig.of_model(None).updated_flat(content or {}, "")).flat_json(new_id("sess"), 0)


def _config(websocket: WebSocket, state: AsrState, secret: ClientSecret | None) -> tuple[SessionConfig, bool]:
    """The configuration that a session begins with, and whether it was asked for in the beta's shape.

    Raises:
        InvalidValueError: it is for something else than transcription.
        ModelNotFoundError: its model does not exist.
    """
    query = websocket.query_params
    intent = query.get("intent") or "transcription"
    if intent != "transcription":
        raise InvalidValueError(
            f"Invalid value: '{intent[:40]}'. Supported values are: 'transcription'.", param="intent"
        )
    if secret is not None:
        content = secret.session
        if "input_audio_format" in content:
            return SessionConfig.of_model(None).updated_flat(content), True
        return _checked(state, _of_secret(content)), False
    model = query.get("model")
    if model and model.startswith(CONVERSATION_PREFIXES) and model not in LIVE_MODELS:
        model = None  # it is said what is meant when the session is there
    return _checked(state, SessionConfig.of_model(model)), False


def _of_secret(content: Mapping[str, Any]) -> SessionConfig:
    """A session as its client has asked for it; its model may be at two places."""
    audio = content.get("audio")
    sound = audio.get("input") if isinstance(audio, Mapping) else None
    asked = sound.get("transcription") if isinstance(sound, Mapping) else None
    model = asked.get("model") if isinstance(asked, Mapping) else None
    return SessionConfig.of_model(model if isinstance(model, str) else DEFAULT_MODEL).updated(
        {"type": "transcription", **content}
    )


def _checked(state: AsrState, config: SessionConfig) -> SessionConfig:
    if config.transcription is not None:
        state.service.catalogue.chain(config.transcription.asked_model, config.transcription.code)
    return config
