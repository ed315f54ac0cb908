"""A speech session: texts of the client in, their sound out."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, Final

from fastapi import WebSocket

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import InvalidEventError, InvalidValueError
from voice_stack.tts.runner import Execution
from voice_stack.tts.schemas import audio_done_event
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.wire.answers import check_length
from voice_stack.tts.wire.realtime.config import DEFAULT_MODEL, Encoder, VoiceConfig
from voice_stack.tts.wire.state import TtsState
from voice_stack.web.client_secrets import ClientSecret
from voice_stack.web.errors import stream_error
from voice_stack.web.realtime.events import Event, Fields, event, new_id
from voice_stack.web.realtime.session import RealtimeSession, message_item
from voice_stack.web.realtime.socket import Emit, Session, serve_session
from voice_stack.web.realtime.state import RealtimeState

_CONVERSATION_PREFIX: Final = "gpt-"


async def serve_speech(websocket: WebSocket) -> None:
    """Serve one client to the end."""
    speech: TtsState = websocket.app.state.service

    def make(realtime: RealtimeState, secret: ClientSecret | None, emit: Emit) -> Session:
        model = websocket.query_params.get("model") or DEFAULT_MODEL
        if model.startswith(_CONVERSATION_PREFIX) and "tts" not in model:
            model = DEFAULT_MODEL  # a conversation's model, which has a voice of its own at OpenAI
        speech.service.catalogue.chain(model)
        config = VoiceConfig(model)
        if secret is not None:
            config = config.updated({"type": "realtime", **secret.session})
        return SpeechSession(speech, realtime, config, emit)

    await serve_session(websocket, make)


class SpeechSession(RealtimeSession):
    """One session. On the event loop.

    A response says what the client has written since the last one, word for word: nobody answers here.
    """

    def __init__(self, state: TtsState, realtime: RealtimeState, config: VoiceConfig, emit: Emit) -> None:
        super().__init__(realtime, emit)
        self.handlers = {
            "session.update": self._update,
            "conversation.item.create": self._add,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }
        self._speech = state
        self._voice = config
        self._texts: list[str] = []
        self._last_id: str | None = None
        self._response: asyncio.Task[None] | None = None
        self._response_id = ""
        self._execution: Execution | None = None

    async def open(self) -> None:
        """Say that the session is there."""
        self.tell_config("created", self._voice)

    async def _update(self, incoming: Event) -> None:
        self._voice = self._voice.updated(incoming.get("session"))
        self.tell_config("updated", self._voice)

    async def _cancel(self, _: Event) -> None:
        if self._response is None or self._response.done():
            raise InvalidEventError("Cancellation failed: no active response found.")
        self._response.cancel()

    async def close(self) -> None:
        """Nobody listens any more."""
        if self._response is not None:
            self._response.cancel()
            await asyncio.gather(self._response, return_exceptions=True)

    async def _add(self, incoming: Event) -> None:
        item = Fields(incoming, "").required("item")
        text = _text_of(item, "item")
        identity = item.get("id") if isinstance(item.get("id"), str) else new_id("item")
        content = [{"type": "input_text", "text": text}]
        self._texts.append(text)
        self._tell_item(message_item(identity, "user", "completed", content), ("added", "done"))

    def _tell_item(self, item: dict[str, Any], kinds: tuple[str, ...]) -> None:
        for kind in kinds:
            self.emit(event(f"conversation.item.{kind}", previous_item_id=self._last_id, item=item))
        self._last_id = item["id"]

    async def _respond(self, incoming: Event) -> None:
        if self._response is not None and not self._response.done():
            raise InvalidEventError(
                f"Conversation already has an active response in progress: {self._response_id}. Wait until the "
                "response is finished before creating a new one."
            )
        config, texts = self._voice, self._texts
        asked = Fields(incoming, "").object("response")
        if asked is not None:
            config = config.with_output(asked)
            given = asked.any("input")
            if given is not None:
                if not isinstance(given, list):
                    raise InvalidValueError(
                        "Invalid type for 'response.input': expected an array.", param="response.input"
                    )
                texts = [_text_of(one, f"response.input[{place}]") for place, one in enumerate(given)]
            asked.done()
        text = "\n".join(texts)
        if not text.strip():
            raise InvalidEventError("There is nothing to say: create an item of role user with input_text first.")
        check_length(len(text), "input_text", self._speech)
        options = SpeechOptions(text, config.voice, config.model, speed=config.speed, audio_format=AudioFormat.PCM)
        execution = self._speech.runner.submit(options)
        if texts is self._texts:
            self._texts = []
        self._response_id = new_id("resp")
        self._response = asyncio.create_task(self._speak(execution, config, text, self._response_id))

    async def _speak(self, execution: Execution, config: VoiceConfig, text: str, identity: str) -> None:
        item_id, before = new_id("item"), self._last_id
        ids = {"response_id": identity, "item_id": item_id, "output_index": 0, "content_index": 0}
        outer = {"response_id": identity, "output_index": 0}

        def response(status: str, **facts: Any) -> dict[str, Any]:
            whole = {"id": identity, "object": "realtime.response", "status": status, "status_details": None}
            return {**whole, "output": [], "usage": None, "audio": {"output": config.output}, **facts}

        began = False
        status, usage = "completed", None
        details: dict[str, Any] | None = None
        self.emit(event("response.created", response=response("in_progress")))
        try:
            encoder = Encoder(config.format)
            await execution.started
            async for piece in execution:
                if not began:
                    began = True
                    opened = message_item(item_id, "assistant", "in_progress", [])
                    self.emit(event("response.output_item.added", item=opened, **outer))
                    self._tell_item(opened, ("added",))
                    self.emit(event("response.content_part.added", part={"type": "audio", "transcript": ""}, **ids))
                    self.emit(event("response.output_audio_transcript.delta", delta=text, **ids))
                self._sound(encoder.write(piece), ids)
            self._sound(encoder.finish(), ids)
            if execution.run is not None:
                usage = audio_done_event(execution.run.report)["usage"]
        except asyncio.CancelledError:
            execution.cancel()
            status, details = "cancelled", {"type": "cancelled", "reason": "client_cancelled"}
        except Exception as error:  # noqa: BLE001 - whatever it is, the response fails and the session goes on
            status, details = "failed", {"type": "failed", "error": self.failed(stream_error(error))}
        output = []
        if began:
            part = {"type": "audio", "transcript": text}
            ended = "completed" if status == "completed" else "incomplete"
            item = message_item(item_id, "assistant", ended, [{"type": "output_audio", "transcript": text}])
            output = [item]
            self.emit(event("response.output_audio.done", **ids))
            self.emit(event("response.output_audio_transcript.done", transcript=text, **ids))
            self.emit(event("response.content_part.done", part=part, **ids))
            self.emit(event("response.output_item.done", item=item, **outer))
            self.emit(event("conversation.item.done", previous_item_id=before, item=item))
        self.emit(event("response.done", response=response(status, status_details=details, output=output, usage=usage)))

    def _sound(self, sound: bytes, ids: Mapping[str, Any]) -> None:
        if sound:
            self.emit(event("response.output_audio.delta", delta=base64.b64encode(sound).decode(), **ids))


def _text_of(item: object, path: str) -> str:
    """The text of an item that a client makes.

    Raises:
        InvalidEventError: it is no message of a user, or has no text.
    """
    fields = Fields(item, path)
    if fields.required("type") != "message" or fields.choice("role", ("user",)) is None:
        raise InvalidValueError("Only messages of role 'user' can be said.", param=fields.path("role"))
    content = fields.required("content")
    if not isinstance(content, list):
        raise InvalidValueError(f"Invalid type for '{path}.content': expected an array.", param=fields.path("content"))
    found = []
    for place, one in enumerate(content):
        part = Fields(one, f"{path}.content[{place}]")
        part.required("type")
        part.choice("type", ("input_text",))
        text = part.text("text")
        if text is None:
            part.required("text")
        found.append(text or "")
    return "\n".join(found)
