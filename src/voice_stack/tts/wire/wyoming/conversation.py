"""Speech that a Wyoming client asks for, through the same doors as that over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.tts import SynthesizeStopped

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import InvalidRequestError, UnsupportedError
from voice_stack.text.markup.ssml import is_ssml
from voice_stack.tts.service import DEFAULT_MODEL
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.speaking.script import gap_after
from voice_stack.tts.types import OPENAI_VOICES
from voice_stack.tts.wire.answers import check_length, most_bytes, named_language
from voice_stack.tts.wire.state import TtsState
from voice_stack.tts.wire.wyoming.text_stream import TextStream
from voice_stack.web.wyoming.conversation import Conversation, Line, Meaning, told_of, with_data
from voice_stack.web.wyoming.events import Fields

# In log and metrics: the event that asks.
SYNTHESIZE: Final = "synthesize"
STREAM: Final = "synthesize-start"
_WIDTH: Final = 2
_CHUNK_BYTES: Final = 8192
_TEXT_FORMATS: Final = ("text", "ssml")
# An answer that a language model writes, with its pauses to think.
_PATIENCE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Voice and form of a text that is to be spoken.

    Attributes:
        voice: name.
        language: ISO 639-1 code; None: told from the text.
        ssml: whether the text is SSML, with or without `<speak>` around it.
    """

    voice: str
    language: str | None
    ssml: bool


class SpeechConversation(Conversation):
    """`synthesize` and sound; or `synthesize-start`, the text in chunks, and sound while they come.

    Args:
        state: of the service.
        line: to the client.
    """

    def __init__(self, state: TtsState, line: Line) -> None:
        super().__init__(line, patience_s=_PATIENCE_S, data_bytes=most_bytes(state))
        self._state = state
        self._text: TextStream | None = None
        self._copy = ""

    def _meanings(self) -> Mapping[str, Meaning]:
        return {
            "synthesize": self._synthesize,
            "synthesize-start": self._start,
            "synthesize-chunk": self._go_on,
            "synthesize-stop": self._stop,
        }

    async def _synthesize(self, fields: Fields, _: bytes) -> None:
        text = self._checked(fields)
        if self._text is not None:
            # The same text once more, for servers that do not stream.
            self._copy = text
            return
        if not text.strip():
            raise InvalidRequestError("`text` is empty: there is nothing to say.", param="text")
        wanted = self._wanted(fields)
        await self._settled()
        self._coming()
        self._arrived()
        await self._begin(SYNTHESIZE, self._speak_whole(self._options(text, wanted)))

    async def _start(self, fields: Fields, _: bytes) -> None:
        if self._text is not None:
            raise InvalidRequestError("`synthesize-start` came before the `synthesize-stop` of the text before.")
        wanted = self._wanted(fields)
        # Before the text comes: what is wrong with the voice is told at once.
        await asyncio.to_thread(self._state.service.check, self._options("-", wanted))
        await self._settled()
        self._coming()
        self._copy = ""
        self._text = TextStream(wanted.language, self._state.settings.tts_language, whole=wanted.ssml)
        await self._begin(STREAM, self._speak_stream(self._text, wanted))

    async def _go_on(self, fields: Fields, _: bytes) -> None:
        text = self._open_text()
        text.add(self._checked(fields, text.characters))

    async def _stop(self, *_: object) -> None:
        text = self._open_text()
        if not text.characters:
            text.add(self._copy)
        text.end()
        self._text = None
        self._arrived()

    def _open_text(self) -> TextStream:
        if self._text is None:
            raise InvalidRequestError("There is no `synthesize-start` before this.")
        return self._text

    def _checked(self, fields: Fields, before: int = 0) -> str:
        text = fields.text("text")
        if text is None:
            raise InvalidRequestError("`text` is missing.", param="text")
        check_length(before + len(text), "text", self._state)
        return text

    def _wanted(self, fields: Fields) -> Wanted:
        """Voice and form of the text, as an event tells them."""
        kind = fields.text("text_format") or "text"
        if kind not in _TEXT_FORMATS:
            raise UnsupportedError(
                f"text_format={kind[:40]!r} is not one of {', '.join(_TEXT_FORMATS)}.", param="text_format"
            )
        voice = fields.fields("voice")
        name, speaker = voice.text("name") or OPENAI_VOICES[0], voice.text("speaker")
        language = named_language(voice.text("language") or "", "language")
        if speaker:
            # As Piper's voices of several speakers are named.
            name = f"{name}#{speaker}"
        return Wanted(name, language, kind == "ssml")

    def _options(self, text: str, wanted: Wanted) -> SpeechOptions:
        if wanted.ssml and not is_ssml(text):
            text = f"<speak>{text}</speak>"
        # PCM has one rate whoever speaks: clients write that of the first part into one header for all.
        return SpeechOptions(
            text, voice=wanted.voice, model=DEFAULT_MODEL, language=wanted.language, audio_format=AudioFormat.PCM
        )

    async def _speak_whole(self, options: SpeechOptions) -> None:
        await self._speak(options, 0.0)

    async def _speak_stream(self, text: TextStream, wanted: Wanted) -> None:
        """Speak what is there, and then what has come meanwhile, until the text has ended."""
        pause_s = 0.0
        is_said = False
        while (part := await text.take(max(1, self._state.settings.tts_interactive_chars))) is not None:
            language = await self._speak(self._options(part, wanted), pause_s)
            # The first part tells the language; a voice must not change in the middle.
            wanted = replace(wanted, language=wanted.language or language or None)
            pause_s, is_said = gap_after(part), True
        if not is_said:
            raise InvalidRequestError("The text is empty: there is nothing to say.", param="text")
        await self.client.send(SynthesizeStopped().event())

    async def _speak(self, options: SpeechOptions, pause_s: float) -> str:
        """Speak a text after a pause; its language."""
        send = self.client.send
        execution = self._state.runner.submit(options)
        with execution.cancelled_on_error():
            start = await execution.started
            pieces = aiter(execution)
            first = await anext(pieces)  # what fails until then is an error before any sound
            rate = start.sample_rate
            begin = AudioStart(rate=rate, width=_WIDTH, channels=1, timestamp=0).event()
            await send(with_data(begin, told_of(start.answering)))
            silence = bytes(round(pause_s * rate) * _WIDTH)
            async for data in _chunks(silence + first, pieces):
                await send(AudioChunk(rate=rate, width=_WIDTH, channels=1, audio=data).event())
            await send(AudioStop().event())
        return start.answering.language


async def _chunks(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Sound in events of a size that players like."""
    piece: bytes | None = first
    while piece is not None:
        for at in range(0, len(piece), _CHUNK_BYTES):
            yield piece[at : at + _CHUNK_BYTES]
        piece = await anext(rest, None)
