"""Items of a transcription session: a turn of the speaker, its text as it comes, and its end."""

import asyncio
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voice_stack.asr.recognition.defaults import request_options
from voice_stack.asr.recognition.live import Cadence, LiveTurn
from voice_stack.asr.recognition.live_seat import LiveSeat
from voice_stack.asr.recognition.live_words import LiveWord
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.schemas import duration_usage
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest
from voice_stack.asr.wire.realtime.transcription import Delay, Transcription
from voice_stack.web.realtime.events import Event, event, new_id
from voice_stack.web.realtime.session import message_item

logger = logging.getLogger("voice_stack.asr")

_KIND = "conversation.item.input_audio_transcription"
# Least probability that a language counts with.
_SURE = 0.5


@dataclass(eq=False, slots=True)
class Item:
    """A turn, as the session knows it.

    Attributes:
        transcription: as it was configured when the turn began; None: nothing is transcribed.
        changed: there is more of it, or it is over.
        committed: it is over, and the client knows.
        committed_at: moment of that, monotonic.
    """

    turn: LiveTurn
    transcription: Transcription | None
    logprobs: bool
    id: str = field(default_factory=lambda: new_id("item"))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    committed_at: float = 0.0
    task: asyncio.Task[None] | None = None
    _words: list[LiveWord] = field(default_factory=list)

    def commit(self) -> None:
        """It is over."""
        self.committed_at = time.monotonic()
        self.committed.set()
        self.changed.set()

    def options(self, settings: AsrSettings) -> TranscriptionOptions:
        """Options that it is transcribed with."""
        asked = self.transcription or Transcription()
        request = RecognitionRequest(
            language=asked.code, prompt=asked.prompt, hotwords=asked.keywords, word_timestamps=self.logprobs
        )
        options = request_options(settings, request)
        return TranscriptionOptions(options.recognition, asked.asked_model)

    def cadence(self, seat: LiveSeat, interim_s: float) -> Cadence:
        """The cadence at which it is decoded."""
        delay = self.transcription.delay if self.transcription else None
        return Cadence.of(seat.capabilities, (delay or Delay.MEDIUM).interim_s or interim_s)

    def delta(self, words: Sequence[LiveWord]) -> Event | None:
        """The event of new words; None for none."""
        text = "".join(word.text for word in words)
        if not self._words:
            text = text.lstrip()
        if not text:
            return None
        entries = self._logprobs(words)
        self._words += words
        return event(f"{_KIND}.delta", item_id=self.id, content_index=0, delta=text, **entries)

    def completed(self, seat: LiveSeat) -> Event:
        """The event of the whole text."""
        words, self._words = self._words, []
        facts = self._logprobs(words)
        if self.transcription is not None and self.transcription.model in ("gpt-transcribe", "gpt-live-transcribe"):
            guess = seat.language
            facts["languages"] = [{"code": guess.code}] if guess and guess.probability >= _SURE else []
        return event(
            f"{_KIND}.completed",
            item_id=self.id,
            content_index=0,
            transcript="".join(word.text for word in words).strip(),
            usage=duration_usage(self.turn.heard_s),
            **facts,
        )

    def failed(self, error: Mapping[str, Any]) -> Event:
        """The event of a failure; the session goes on."""
        return event(f"{_KIND}.failed", item_id=self.id, content_index=0, error=error)

    def added(self, previous: str | None, *, beta: bool) -> list[Event]:
        """The events that tell of the item itself."""
        content: list[Event] = [{"type": "input_audio", "transcript": None}]
        item = message_item(self.id, "user", "completed", content)
        kinds = ("created",) if beta else ("added", "done")
        return [event(f"conversation.item.{kind}", previous_item_id=previous, item=item) for kind in kinds]

    def _logprobs(self, words: Sequence[LiveWord]) -> dict[str, Any]:
        if not self.logprobs:
            return {}
        entries: list[dict[str, Any]] = []
        for word in words:
            token = word.text if entries or self._words else word.text.lstrip()
            # log 0 is no JSON number; a word without a probability counts as certain
            probability = 1.0 if word.probability is None else min(1.0, max(word.probability, 1e-10))
            entries.append({"token": token, "logprob": math.log(probability), "bytes": list(token.encode())})
        return {"logprobs": entries}
