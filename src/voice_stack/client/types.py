"""Answers of the services as types. Fields that a newer service adds are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voice_stack.client.refusals import error_of
from voice_stack.core.errors import VoiceStackError

Json = Mapping[str, Any]

_OVER = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Job:
    """A job, as it was when it was asked after.

    Attributes:
        id: `job_...`.
        kind: of the work (`speech`, `transcription`, `pull` ...).
        status: queued, running, completed, failed or cancelled.
        fraction: of the work that is done, 0 to 1; None while nobody knows.
        seconds_left: estimate; None while nobody knows.
        queue_position: jobs before it, from 0; None when it does not wait.
        error: what it has failed with.
        raw: all that the service tells.
    """

    id: str
    kind: str
    status: str
    fraction: float | None = None
    seconds_left: float | None = None
    queue_position: int | None = None
    error: VoiceStackError | None = None
    raw: Json = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_over(self) -> bool:
        """True once nothing more happens to it."""
        return self.status in _OVER


@dataclass(frozen=True, slots=True)
class JobResult:
    """The very answer that the request would have got without a job.

    Attributes:
        content: its body.
        content_type: media type of it.
    """

    content: bytes = field(repr=False)
    content_type: str

    def save(self, path: str | Path) -> Path:
        """Write it to a file; the file."""
        target = Path(path)
        target.write_bytes(self.content)
        return target


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech that was made.

    Attributes:
        audio: the file, in the format that was asked for.
        engine, model, voice, language: what spoke; empty where the server does not say.
        sample_rate: Hz of the sound; 0 where the server does not say.
        fallback: why another engine than the configured one has spoken; empty when it was the configured one.
    """

    audio: bytes = field(repr=False)
    engine: str = ""
    model: str = ""
    voice: str = ""
    language: str = ""
    sample_rate: int = 0
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a speech request may name.

    Attributes:
        kind: openai, library, custom (a created one) or engine.
        languages: ISO 639-1 codes; empty for all of the engine's.
        usable: None while nobody has listened to the recordings yet.
        problem: why it cannot be used.
    """

    id: str
    name: str
    kind: str = ""
    engine: str = ""
    languages: tuple[str, ...] = ()
    gender: str = ""
    usable: bool | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model that requests may name.

    Attributes:
        installed: whether it is on the server's disk.
        licence: of its weights; empty where nobody knows.
    """

    id: str
    engine: str = ""
    installed: bool = False
    licence: str = ""
    non_commercial: bool | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its times in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """A recording's text.

    Attributes:
        language: as the service names it; empty where it does not.
        engine, model: what has listened.
        words: empty unless they were asked for.
    """

    text: str
    language: str = ""
    engine: str = ""
    model: str = ""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """Words of a text that is said in a recording, as they were written.

    Attributes:
        duration: seconds of the recording.
        engine, model: what has listened.
    """

    words: tuple[Word, ...]
    language: str = ""
    duration: float = 0.0
    engine: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of synthetic speech that was looked for. One that was not found proves nothing.

    Attributes:
        kind: metadata, watermark or c2pa.
        model: what has spoken, as the mark tells; None where it does not.
        confidence: 0 to 1, of a watermark.
        raw: all that the service tells.
    """

    kind: str
    detected: bool
    model: str | None = None
    confidence: float | None = None
    raw: Json = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Marks that were looked for in a sound.

    Attributes:
        unavailable: what to install for each kind of mark that could not be looked for.
    """

    marks: tuple[Mark, ...]
    unavailable: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_marked(self) -> bool:
        """True where any mark was found."""
        return any(mark.detected for mark in self.marks)


def job_of(found: Json) -> Job:
    """A job of its JSON."""
    progress, error = found.get("progress") or {}, found.get("error")
    return Job(
        id=str(found["id"]),
        kind=str(found.get("kind", "")),
        status=str(found.get("status", "")),
        fraction=progress.get("fraction"),
        seconds_left=found.get("estimated_seconds_left"),
        queue_position=found.get("queue_position"),
        error=_job_error(error) if isinstance(error, dict) else None,
        raw=found,
    )


def _job_error(error: Json) -> VoiceStackError:
    inner = error.get("error", error)
    param = inner.get("param")
    return error_of(0, inner.get("code"), str(inner.get("message", "The job has failed.")), param)


def voice_of(found: Json) -> Voice:
    """A voice of its JSON."""
    return Voice(
        id=str(found["id"]),
        name=str(found.get("name") or found["id"]),
        kind=str(found.get("kind", "")),
        engine=str(found.get("engine", "")),
        languages=tuple(found.get("languages") or ()),
        gender=str(found.get("gender") or ""),
        usable=found.get("usable"),
        problem=found.get("problem"),
    )


def model_of(found: Json) -> Model:
    """A model of its JSON."""
    return Model(
        id=str(found["id"]),
        engine=str(found.get("engine", "")),
        installed=bool(found.get("installed")),
        licence=str(found.get("licence") or ""),
        non_commercial=found.get("non_commercial"),
    )


def transcript_of(found: Json, headers: Mapping[str, str]) -> Transcript:
    """A transcript of `verbose_json` and of the headers beside it."""
    engine, model = (headers.get(f"x-voice-stack-{fact}", "") for fact in ("engine", "model"))
    return Transcript(str(found.get("text", "")).strip(), str(found.get("language", "")), engine, model, _words(found))


def alignment_of(found: Json) -> Alignment:
    """An alignment of its JSON."""
    facts = {name: str(found.get(name) or "") for name in ("language", "engine", "model")}
    return Alignment(_words(found), duration=float(found.get("duration") or 0.0), **facts)


def _words(found: Json) -> tuple[Word, ...]:
    listed = found.get("words") or ()
    return tuple(Word(str(word["word"]), float(word["start"]), float(word["end"])) for word in listed)


def provenance_of(found: Json) -> Provenance:
    """The marks of a sound of their JSON."""
    marks = (
        Mark(str(one["type"]), one.get("outcome") == "detected", one.get("model"), one.get("confidence"), one)
        for one in found["results"]
    )
    missing = {str(one["type"]): str(one.get("install", "")) for one in found.get("unavailable") or ()}
    return Provenance(tuple(marks), missing)


def speech_of(audio: bytes, headers: Mapping[str, str]) -> Speech:
    """Speech of its bytes and of the headers before them."""
    facts = {
        name: headers.get(f"x-voice-stack-{name}", "") for name in ("engine", "model", "voice", "language", "fallback")
    }
    rate = headers.get("x-voice-stack-sample-rate", "")
    return Speech(audio, sample_rate=int(rate) if rate.isdigit() else 0, **facts)
