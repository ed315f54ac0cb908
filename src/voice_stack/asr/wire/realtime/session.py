"""A transcription session: events of the client in, turns and their words out. Knows nothing of sockets."""

import asyncio
import base64
import binascii
import contextlib
import threading
import time

from voice_stack.asr.recognition.live import LiveTurn
from voice_stack.asr.recognition.live_input import InputChange, LiveInput
from voice_stack.asr.recognition.live_seat import LiveSeat
from voice_stack.asr.recognition.live_turns import TurnChange
from voice_stack.asr.wire.realtime.config import SessionConfig
from voice_stack.asr.wire.realtime.items import Item
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.errors import BufferTooSmallError, InvalidValueError, TextTooLongError
from voice_stack.web.errors import stream_error
from voice_stack.web.realtime.events import Event, Fields, event
from voice_stack.web.realtime.session import RealtimeSession
from voice_stack.web.realtime.socket import Emit
from voice_stack.web.realtime.state import RealtimeState

# The least that can be committed, seconds.
_LEAST_S = 0.1
# Sound that waits to be heard, above which no more is read of the client, seconds.
_BACKLOG_S = 60.0
# Turns of one session that are heard at once.
_AT_ONCE = 2


class TranscriptionSession(RealtimeSession):
    """One session. On the event loop; what computes is on threads.

    Args:
        config: that it begins with.
        emit: sends an event.
        beta: whether the client speaks the beta's dialect.
    """

    def __init__(
        self, state: AsrState, realtime: RealtimeState, config: SessionConfig, emit: Emit, *, beta: bool
    ) -> None:
        super().__init__(realtime, emit)
        self.handlers = {
            "session.update": self._on_update,
            "transcription_session.update": self._on_flat_update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
        }
        self._state = state
        self._config = config
        self._beta = beta
        self._input = LiveInput(config.format.rate, config.rule, self._make_turn)
        self._stop = threading.Event()
        self._heard = asyncio.Event()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._items: dict[LiveTurn, Item] = {}
        self._last_id: str | None = None

    async def open(self) -> None:
        """Say that the session is there."""
        self._tell("created", beta=self._beta)

    async def _on_update(self, incoming: Event) -> None:
        self._update(self._config.updated(incoming.get("session")), beta=False)

    async def _on_flat_update(self, incoming: Event) -> None:
        self._update(self._config.updated_flat(incoming.get("session")), beta=True)

    async def close(self) -> None:
        """Nobody listens any more."""
        self._stop.set()
        tasks = [item.task for item in self._items.values() if item.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, what: str, *, beta: bool) -> None:
        if beta:
            self.emit(event(f"transcription_session.{what}", session=self.json(self._config.flat_json)))
        else:
            self.tell_config(what, self._config)

    def _update(self, config: SessionConfig, *, beta: bool) -> None:
        if config.transcription is not None:
            self._state.service.catalogue.chain(config.transcription.asked_model, config.transcription.code)
        self._input.set_rate(config.format.rate)
        if config.rule != self._config.rule:
            self._input.set_rule(config.rule)
        self._config = config
        self._tell("updated", beta=beta)

    async def _append(self, incoming: Event) -> None:
        text = Fields(incoming, "").required("audio")
        sound = await self._state.runner.on_sound(lambda: self._decoded(text))
        changes = await self._state.runner.on_sound(lambda: self._input.append(self._config.format.decode(sound)))
        for change in changes:
            self._change(change)
        if (turn := self._input.turn) is not None:
            self._item(turn).changed.set()
        while self._backlog_s() > _BACKLOG_S:
            self._heard.clear()
            await self._heard.wait()

    def _decoded(self, text: object) -> bytes:
        """The bytes of an event's sound.

        Raises:
            InvalidValueError: it is no base64, or no whole samples.
            TextTooLongError: there are too many.
        """
        config = self._config
        most = int(self.realtime.options.max_frame_mb * 2**20)
        if isinstance(text, str) and len(text) > most:
            raise TextTooLongError(
                f"Invalid 'audio': string too long. Expected a string with maximum length {most}, but got a string "
                f"with length {len(text)} instead.",
                param="audio",
            )
        sound = None
        if isinstance(text, str):
            with contextlib.suppress(binascii.Error, ValueError):
                sound = base64.b64decode(text, validate=True)
        if sound is None or (config.format.law is None and len(sound) % 2):
            expected = (
                "mono PCM16 at 24kHz" if config.format.law is None else f"G.711 {config.format.law.value} at 8kHz"
            )
            raise InvalidValueError(
                f"Invalid 'audio'. Expected base64-encoded audio bytes ({expected}) but got an invalid value.",
                param="audio",
            )
        return sound

    async def _commit(self, _: Event) -> None:
        buffered_s = self._input.buffered_s
        if buffered_s < _LEAST_S:
            raise BufferTooSmallError(
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer "
                f"only has {buffered_s * 1000:.2f}ms of audio."
            )
        turn = await self._state.runner.on_sound(self._input.commit)
        self._commit_item(self._item(turn))

    async def _clear(self, _: Event) -> None:
        turn = self._input.turn
        self._input.clear()
        item = self._items.pop(turn, None) if turn is not None else None
        if item is not None and item.task is not None:
            item.task.cancel()
        self.emit(event("input_audio_buffer.cleared"))

    def _change(self, change: InputChange) -> None:
        item = self._item(change.turn)
        match change.kind:
            case TurnChange.STARTED:
                self.emit(event("input_audio_buffer.speech_started", audio_start_ms=change.at_ms, item_id=item.id))
                return
            case TurnChange.STOPPED:
                self.emit(event("input_audio_buffer.speech_stopped", audio_end_ms=change.at_ms, item_id=item.id))
            case TurnChange.IDLE:
                rule = self._config.rule
                start_ms = change.at_ms - round(1000 * ((rule.idle_s if rule else None) or 0))
                self.emit(
                    event(
                        "input_audio_buffer.timeout_triggered",
                        audio_start_ms=max(0, start_ms),
                        audio_end_ms=change.at_ms,
                        item_id=item.id,
                    )
                )
        self._commit_item(item)

    def _commit_item(self, item: Item) -> None:
        self.emit(event("input_audio_buffer.committed", item_id=item.id, previous_item_id=self._last_id))
        for told in item.added(self._last_id, beta=self._beta):
            self.emit(told)
        self._last_id = item.id
        item.commit()

    def _backlog_s(self) -> float:
        return sum(item.turn.window_s for item in self._items.values())

    def _make_turn(self) -> LiveTurn:
        """A turn; it keeps no sound where nothing is transcribed. On any thread."""
        turn = LiveTurn()
        if self._config.transcription is None:
            turn.deafen()
        return turn

    def _item(self, turn: LiveTurn) -> Item:
        item = self._items.get(turn)
        if item is None:
            item = Item(turn, self._config.transcription, self._config.logprobs)
            self._items[turn] = item
            item.task = asyncio.create_task(self._follow(item))
        return item

    async def _follow(self, item: Item) -> None:
        """Hear a turn while it lasts, and tell its words."""
        try:
            if item.transcription is None:
                await item.committed.wait()
            else:
                await self._transcribe(item)
        finally:
            self._items.pop(item.turn, None)

    async def _transcribe(self, item: Item) -> None:
        turn, failure = item.turn, None
        runner = self._state.runner
        # Known to this even where the task is cancelled while the seat is taken.
        seats: list[LiveSeat] = []
        try:
            try:
                options = item.options(self._state.settings)
                await runner.on_live(lambda: seats.append(self._state.service.listen(options, self._stop)))
                seat = seats[0]
                turn.cadence = item.cadence(seat, self._state.settings.live.interim_s)
                while (unit := turn.plan()) is not None or not turn.state.done:
                    if unit is None:
                        await item.changed.wait()
                        item.changed.clear()
                        continue
                    async with self._places:
                        asked_at = time.monotonic()
                        segments = await runner.on_live(lambda: seat.hear(unit))
                    turn.took(time.monotonic() - asked_at)
                    self._say(item.delta(turn.absorb(unit, segments)))
                    self._heard.set()
                self._say(item.delta(turn.finish()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the item fails and the session goes on
                failure = error
                turn.deafen()
            self._heard.set()
            await item.committed.wait()
            if failure is not None:
                self.emit(item.failed(self.failed(stream_error(failure))))
            else:
                self.emit(item.completed(seats[0]))
                self.realtime.final_seconds.observe(time.monotonic() - item.committed_at)
        finally:
            for seat in seats:
                seat.audio_s = turn.heard_s
                await runner.on_sound(seat.close)

    def _say(self, told: Event | None) -> None:
        if told is not None:
            self.emit(told)
