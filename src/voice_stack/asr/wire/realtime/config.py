"""Configuration of a transcription session, in OpenAI's GA shape and in the flat one of the beta."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from voice_stack.asr.recognition.live_turns import Eagerness, TurnRule
from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.wire.realtime.transcription import LIVE_MODELS, Transcription
from voice_stack.audio import g711
from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.core.errors import InvalidValueError
from voice_stack.web.realtime.events import Fields
from voice_stack.web.realtime.session import read_format

LOGPROBS: Final = "item.input_audio_transcription.logprobs"
_DETECTIONS: Final = ("server_vad", "semantic_vad")
_SERVER_VAD: Final[Mapping[str, Any]] = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
}
_SEMANTIC_VAD: Final[Mapping[str, Any]] = {"type": "semantic_vad", "eagerness": "auto"}
_MOST_MS: Final = 30_000


class InputFormat(Enum):
    """Sound that a client sends.

    Attributes:
        type: in the GA shape.
        flat: in the beta's.
        law: of G.711; None for 16-bit PCM.
        rate: Hz.
    """

    type: str
    flat: str
    law: g711.Law | None
    rate: int

    def __init__(self, type: str, flat: str, law: g711.Law | None, rate: int) -> None:
        self.type, self.flat, self.law, self.rate = type, flat, law, rate

    PCM = "audio/pcm", "pcm16", None, 24_000
    PCMU = "audio/pcmu", "g711_ulaw", g711.Law.MU, g711.SAMPLE_RATE
    PCMA = "audio/pcma", "g711_alaw", g711.Law.A, g711.SAMPLE_RATE

    @property
    def json(self) -> dict[str, Any]:
        """The GA shape."""
        return {"type": self.type} | ({"rate": self.rate} if self.law is None else {})

    def decode(self, data: bytes) -> Samples:
        """(time,) float32 at `rate`; PCM has an even number of bytes."""
        return from_s16le(data) if self.law is None else self.law.decode(data)


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """Configuration of a session.

    Attributes:
        transcription: None: nothing is transcribed.
        turn_detection: with all of its keys; None: the client commits.
        noise_reduction: as it was asked for; nothing is done about it.
        logprobs: whether events carry them.
    """

    format: InputFormat = InputFormat.PCM
    transcription: Transcription | None = field(default_factory=Transcription)
    turn_detection: Mapping[str, Any] | None = field(default_factory=lambda: dict(_SERVER_VAD))
    noise_reduction: Mapping[str, Any] | None = None
    logprobs: bool = False

    @classmethod
    def of_model(cls, model: str | None) -> "SessionConfig":
        """The configuration that a session begins with whose address names a model, or none."""
        return cls(transcription=Transcription(model or DEFAULT_MODEL))._settled()

    @property
    def rule(self) -> TurnRule | None:
        """The rule by which turns are told; None: the client commits."""
        detection = self.turn_detection
        if detection is None:
            return None
        if detection["type"] == "semantic_vad":
            return TurnRule(eagerness=Eagerness(detection["eagerness"]))
        idle_ms = detection["idle_timeout_ms"]
        return TurnRule(
            threshold=detection["threshold"],
            prefix_s=detection["prefix_padding_ms"] / 1000,
            silence_s=detection["silence_duration_ms"] / 1000,
            idle_s=None if idle_ms is None else idle_ms / 1000,
        )

    def updated(self, content: object, path: str = "session") -> "SessionConfig":
        """The configuration after a `session.update`: what is left out keeps its value, null turns off.

        Raises:
            InvalidEventError: something is wrong; the configuration stays as it is.
        """
        session = Fields(content, path)
        if session.required("type") != "transcription":
            raise InvalidValueError(
                "Passing a realtime session update event to a transcription session is not allowed: "
                f"'{path}.type' must be 'transcription'.",
                param=f"{path}.type",
            )
        new = self
        if "include" in session:
            new = replace(new, logprobs=LOGPROBS in _include(session))
        audio = session.object("audio")
        sound = audio.object("input") if audio else None
        # What replies have and a client may send back.
        for name in ("id", "object", "expires_at"):
            session.any(name)
        session.done()
        if audio:
            audio.done()
        if not sound:
            return new
        if (named := sound.object("format")) is not None:
            kind = read_format(named, {one.type: one.rate for one in InputFormat})
            new = replace(new, format=next(one for one in InputFormat if one.type == kind))
        if "transcription" in sound:
            new = replace(new, transcription=Transcription.updated(new.transcription, sound.object("transcription")))
        if "noise_reduction" in sound:
            new = replace(new, noise_reduction=_noise_reduction(sound.object("noise_reduction"), new.noise_reduction))
        if "turn_detection" in sound:
            new = replace(new, turn_detection=_detection(sound.object("turn_detection"), new.turn_detection))
        sound.done()
        return new._settled(asked=sound.any("turn_detection") is not None, path=f"{path}.audio.input.turn_detection")

    def updated_flat(self, content: object, path: str = "session") -> "SessionConfig":
        """The same for the beta's `transcription_session.update`."""
        session = Fields(content, path)
        new = self
        named = session.choice("input_audio_format", [one.flat for one in InputFormat])
        if named is not None:
            new = replace(new, format=next(one for one in InputFormat if one.flat == named))
        if "input_audio_transcription" in session:
            asked = session.object("input_audio_transcription")
            new = replace(new, transcription=Transcription.updated(new.transcription, asked))
        if "input_audio_noise_reduction" in session:
            asked = session.object("input_audio_noise_reduction")
            new = replace(new, noise_reduction=_noise_reduction(asked, new.noise_reduction))
        if "turn_detection" in session:
            new = replace(new, turn_detection=_detection(session.object("turn_detection"), new.turn_detection))
        if "include" in session:
            new = replace(new, logprobs=LOGPROBS in _include(session))
        # Of conversations, and of replies.
        for name in ("modalities", "id", "object", "expires_at", "client_secret", "type"):
            session.any(name)
        session.done()
        return new._settled(asked=session.any("turn_detection") is not None, path=f"{path}.turn_detection")

    def json(self, identity: str, expires_at: int) -> dict[str, Any]:
        """The whole session, as replies have it."""
        return {
            "id": identity,
            "object": "realtime.transcription_session",
            "type": "transcription",
            "expires_at": expires_at,
            "include": [LOGPROBS] if self.logprobs else [],
            "audio": {
                "input": {
                    "format": self.format.json,
                    "transcription": self.transcription.json if self.transcription else None,
                    "noise_reduction": self.noise_reduction,
                    "turn_detection": self.turn_detection,
                }
            },
        }

    def flat_json(self, identity: str, expires_at: int) -> dict[str, Any]:
        """The same in the beta's shape."""
        return {
            "id": identity,
            "object": "realtime.transcription_session",
            "expires_at": expires_at,
            "modalities": ["audio", "text"],
            "include": [LOGPROBS] if self.logprobs else None,
            "input_audio_format": self.format.flat,
            "input_audio_transcription": self.transcription.json if self.transcription else None,
            "input_audio_noise_reduction": self.noise_reduction,
            "turn_detection": self.turn_detection,
        }

    def _settled(self, *, asked: bool = False, path: str = "") -> "SessionConfig":
        """With models that only hear what the client commits, no turns are told.

        Args:
            asked: whether the client has just asked for them.

        Raises:
            InvalidValueError: it has.
        """
        if self.transcription is None or self.transcription.model not in LIVE_MODELS or self.turn_detection is None:
            return self
        if asked:
            raise InvalidValueError(
                f"Turn detection is not supported for the model '{self.transcription.model}': "
                "set 'turn_detection' to null and commit the audio.",
                param=path,
            )
        return replace(self, turn_detection=None)


def _include(session: Fields) -> list[str]:
    asked = session.texts("include") or []
    for one in asked:
        if one != LOGPROBS:
            raise InvalidValueError(
                f"Invalid value: '{one[:100]}'. Supported values are: '{LOGPROBS}'.", param=session.path("include")
            )
    return asked


def _noise_reduction(asked: Fields | None, before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if asked is None:
        return None
    kept = before or {"strength": 1.0}
    kind = asked.choice("type", ("near_field", "far_field")) or kept.get("type")
    strength = asked.number("strength", 0.0, 1.0)
    asked.done()
    return {"type": kind, "strength": kept["strength"] if strength is None else strength}


def _detection(asked: Fields | None, before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if asked is None:
        return None
    kind = asked.choice("type", _DETECTIONS) or (before or _SERVER_VAD)["type"]
    defaults = _SERVER_VAD if kind == "server_vad" else _SEMANTIC_VAD
    found = dict(before if before and before["type"] == kind else defaults)
    # Of conversations: there is nobody here to respond or to be interrupted.
    for name in ("create_response", "interrupt_response"):
        asked.flag(name)
    if kind == "semantic_vad":
        eagerness = asked.choice("eagerness", [one.value for one in Eagerness])
        found |= {"eagerness": eagerness} if eagerness else {}
    else:
        threshold = asked.number("threshold", 0.0, 1.0)
        prefix_ms = asked.integer("prefix_padding_ms", 0, _MOST_MS)
        silence_ms = asked.integer("silence_duration_ms", 0, _MOST_MS)
        numbers = {"threshold": threshold, "prefix_padding_ms": prefix_ms, "silence_duration_ms": silence_ms}
        found |= {name: number for name, number in numbers.items() if number is not None}
        if "idle_timeout_ms" in asked:
            found["idle_timeout_ms"] = asked.integer("idle_timeout_ms", 5_000, _MOST_MS)
    asked.done()
    return found
