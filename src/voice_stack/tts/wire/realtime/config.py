"""Configuration of a speech session: voice, format, tempo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from voice_stack.audio.clip import from_s16le
from voice_stack.audio.g711 import SAMPLE_RATE, Law
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import InvalidValueError
from voice_stack.web.realtime.events import Fields
from voice_stack.web.realtime.session import read_format

PCM_RATE: Final = 24_000
DEFAULT_MODEL: Final = "tts-1"
# Of conversations: there is nobody here who would follow or call them.
_IGNORED: Final = (
    *("id", "object", "expires_at", "model", "instructions", "tools", "tool_choice", "max_output_tokens", "tracing"),
    *("truncation", "prompt", "include", "reasoning", "parallel_tool_calls", "conversation", "metadata", "temperature"),
)


class OutputFormat(Enum):
    """Sound that a client is sent.

    Attributes:
        law: of G.711, at 8 kHz; None for 16-bit PCM at 24 kHz.
    """

    law: Law | None

    def __init__(self, type: str, law: Law | None) -> None:
        self.type, self.law = type, law

    PCM = "audio/pcm", None
    PCMU = "audio/pcmu", Law.MU
    PCMA = "audio/pcma", Law.A


class Encoder:
    """A stream of 16-bit PCM at 24 kHz in the format of a session."""

    def __init__(self, format: OutputFormat) -> None:
        self._law = format.law
        self._resampler = Resampler(PCM_RATE, SAMPLE_RATE)
        self._odd = b""

    def write(self, pcm: bytes) -> bytes:
        """More of it; of a sample that is not whole the rest is waited for."""
        data = self._odd + pcm
        whole = len(data) // 2 * 2
        self._odd, data = data[whole:], data[:whole]
        return data if self._law is None else self._law.encode(self._resampler.write(from_s16le(data)))

    def finish(self) -> bytes:
        """The rest of it."""
        return b"" if self._law is None else self._law.encode(self._resampler.finish())


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """Configuration of a session, or of one response in it."""

    model: str = DEFAULT_MODEL
    voice: str = "alloy"
    speed: float = 1.0
    format: OutputFormat = OutputFormat.PCM

    def updated(self, content: object) -> "VoiceConfig":
        """The configuration after a `session.update`.

        Raises:
            InvalidEventError: something is wrong; the configuration stays as it is.
        """
        session = Fields(content, "session")
        if session.required("type") != "realtime":
            raise InvalidValueError(
                "This service speaks: 'session.type' must be 'realtime'. Transcription is at the other service.",
                param="session.type",
            )
        return self.with_output(session)

    def with_output(self, asked: Fields) -> "VoiceConfig":
        """The configuration with what an object says of the output: of a session, or of a response.

        Raises:
            InvalidEventError: something is wrong.
        """
        modalities = asked.texts("output_modalities")
        if modalities is not None and modalities != ["audio"]:
            raise InvalidValueError(
                "Invalid value: only ['audio'] is supported: this service speaks.",
                param=asked.path("output_modalities"),
            )
        audio = asked.object("audio")
        output = audio.object("output") if audio else None
        for name in _IGNORED:
            asked.any(name)
        if audio:
            audio.any("input")
            audio.done()
        if output is None:
            return self
        new = self
        if output.any("voice") is not None:
            new = replace(new, voice=_voice(output))
        speed = output.number("speed", 0.25, 1.5)
        new = replace(new, speed=new.speed if speed is None else speed)
        if (asked_format := output.object("format")) is not None:
            kind = read_format(asked_format, {one.type: None if one.law else PCM_RATE for one in OutputFormat})
            new = replace(new, format=next(one for one in OutputFormat if one.type == kind))
        output.done()
        return new

    @property
    def output(self) -> dict[str, Any]:
        """The part of replies that tells of the sound."""
        rate = {} if self.format.law else {"rate": PCM_RATE}
        return {"format": {"type": self.format.type} | rate, "voice": self.voice, "speed": self.speed}

    def json(self, identity: str, expires_at: int) -> dict[str, Any]:
        """The whole session, as replies have it."""
        return {
            "id": identity,
            "object": "realtime.session",
            "type": "realtime",
            "expires_at": expires_at,
            "model": self.model,
            "output_modalities": ["audio"],
            "audio": {"output": self.output},
        }


def _voice(output: Fields) -> str:
    found = output.any("voice")
    if isinstance(found, Mapping):
        inner = Fields(found, output.path("voice"))
        found = inner.required("id")
    if not isinstance(found, str):
        raise InvalidValueError(
            f"Invalid type for '{output.path('voice')}': expected a string or an object with 'id'.",
            param=output.path("voice"),
        )
    return found
