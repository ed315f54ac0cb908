"""Transcriptions that a Wyoming client asks for, through the same doors as those over HTTP."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop

from voice_stack.asr.biasing import favoured
from voice_stack.asr.recognition.defaults import request_options
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.types import RecognitionRequest
from voice_stack.asr.wire.forms import read_language
from voice_stack.asr.wire.state import AsrState
from voice_stack.asr.wire.wyoming.endpoint import CommandEnd, silence_of
from voice_stack.asr.wire.wyoming.recording import PcmFormat, Recording
from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import InvalidAudioError, InvalidRequestError, RequestTimeoutError, VadError
from voice_stack.web.wyoming.conversation import Conversation, Line, Meaning, told_of, with_data
from voice_stack.web.wyoming.events import Fields

logger = logging.getLogger("voice_stack.asr")

# In log and metrics: the event that asks.
TRANSCRIBE: Final = "transcribe"
# A microphone sends as long as it hears; what it takes longer than that it hangs.
_SLACK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to transcribe what follows.

    Attributes:
        silence_s: seconds of silence that end the command; None: the client says where it ends.
    """

    options: TranscriptionOptions
    silence_s: float | None = None


class TranscriptionConversation(Conversation):
    """`transcribe`, sound, `transcript`.

    Args:
        state: of the service.
        line: to the client.
    """

    _asked: Asked | None = None
    _recording: Recording | None = None
    _end: CommandEnd | None = None
    _is_over = False  # what still comes of a command whose end was heard is not taken in

    def __init__(self, state: AsrState, line: Line) -> None:
        self._door = state.settings.wyoming_door
        self._max_s = min(self._door.max_audio_s, state.settings.asr_max_audio_s)
        super().__init__(line, patience_s=self._max_s + _SLACK_S)
        self._state = state

    def _meanings(self) -> Mapping[str, Meaning]:
        return {
            "transcribe": self._transcribe,
            "audio-start": self._start,
            "audio-chunk": self._take,
            "audio-stop": self._stop,
        }

    async def close(self) -> None:
        """See `Conversation.close`."""
        await super().close()
        self._drop()

    async def _transcribe(self, fields: Fields, _: bytes) -> None:
        await self._settled()
        self._drop()
        self._coming()
        self._asked = asked = self._read(fields)
        options = asked.options  # what is wrong with the model is told before the sound is sent; a look at the disk
        await asyncio.to_thread(self._state.service.catalogue.chain, options.model, options.recognition.language)

    async def _start(self, fields: Fields, _: bytes) -> None:
        await self._settled()
        self._record(PcmFormat.read(fields))

    def _read(self, fields: Fields) -> Asked:
        settings = self._state.settings
        recognition = RecognitionRequest(
            language=read_language(fields.text("language"), "language"),
            hotwords=favoured(fields.texts("transcript_names"), fields.texts("transcript_terms")),
        )
        sensitivity = fields.text("vad_sensitivity")
        is_wanted = self._door.endpointing or sensitivity is not None
        silence_s = silence_of(sensitivity) if is_wanted else None
        options = replace(request_options(settings, recognition), model=fields.text("name") or DEFAULT_MODEL)
        return Asked(options, silence_s)

    def _record(self, form: PcmFormat) -> None:
        asked = self._asked = self._asked or self._read(Fields({}))  # `transcribe` may be left out
        self._close_recording()
        self._is_over = False
        self._coming()
        setting = "ASR_WYOMING_MAX_AUDIO_S" if self._max_s == self._door.max_audio_s else "ASR_MAX_AUDIO_S"
        self._recording = Recording(form, self._max_s, setting)
        if asked.silence_s is not None:
            self._end = CommandEnd(form.rate, asked.silence_s, self._state.settings.vad.threshold)

    async def _take(self, fields: Fields, payload: bytes) -> None:
        if self._is_over:
            if time.monotonic() - self.served_at > self.patience_s:
                raise RequestTimeoutError("The command has ended long ago, and the sound goes on.")
            return
        if self._recording is None:  # `audio-start` says nothing that a chunk does not
            await self._start(fields, b"")
        recording = self._recording
        assert recording is not None  # just started, or before
        if PcmFormat.read(fields, recording.form) != recording.form:
            raise InvalidAudioError("The form of the sound changes within a recording.", param="rate")
        sound = await recording.write(payload)
        if self._end is not None and await self._hears_end(self._end, sound):
            self._is_over = True
            await self._recognise()

    async def _hears_end(self, end: CommandEnd, sound: NDArray[np.int16]) -> bool:
        try:
            return await asyncio.to_thread(end.hears, sound)
        except VadError as error:
            logger.warning("the end of the command cannot be heard, the client has to say it: %s", error)
            self._end = None
            return False

    async def _stop(self, *_: object) -> None:
        if self._is_over:
            self._is_over = False
        elif self._recording is None:
            raise InvalidRequestError("`audio-stop` came without any audio.", param="audio")
        else:
            await self._recognise()

    async def _recognise(self) -> None:
        asked, recording = self._asked, self._recording
        assert asked is not None  # a recording has begun
        assert recording is not None
        file = await recording.finish()
        self._arrived()
        self._asked = self._recording = self._end = None
        await self._begin(TRANSCRIBE, self._answer(file, asked.options, recording.raw))

    async def _answer(self, file: BinaryIO, options: TranscriptionOptions, raw: RawPcm) -> None:
        execution = self._state.runner.submit(file, replace(options, raw=raw))
        send = self.client.send
        with execution.cancelled_on_error():
            told = told_of(await execution.started)
            await send(with_data(TranscriptStart(language=options.recognition.language).event(), told))
            at_start = True
            async for segment in execution:
                text = segment.text.lstrip() if at_start else segment.text
                if text:
                    await send(TranscriptChunk(text).event())
                    at_start = False
            assert execution.run is not None  # the iteration has ended without an error
            transcript = execution.run.transcript
            language = transcript.language.code if transcript.language else None
            await send(with_data(Transcript(transcript.text, language=language).event(), told))
            await send(TranscriptStop().event())

    def _drop(self) -> None:
        self._asked = None
        self._is_over = False
        self._close_recording()

    def _close_recording(self) -> None:
        if self._recording is not None:
            self._recording.close()
        self._recording = self._end = None
