"""Bodies and answers of the speech routes, for the API's documentation."""

from typing import Any, Final, Literal, NotRequired

from pydantic import BaseModel

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import (
    AudioProcessingError,
    TextTooLongError,
    UnusableVoiceError,
    VoiceNotFoundError,
)
from voice_stack.web.documents import (
    BODY_ERRORS,
    WORK_ERRORS,
    Error,
    Responses,
    events_answer,
    inlined,
    refusals,
    text_headers,
)
from voice_stack.web.jobs.documents import ACCEPTED_JOB, JOB_ERRORS, LOST_RESULT_ERRORS

SPEECH_HEADERS: Final = tuple(
    f"x-voice-stack-{fact}"
    for fact in (
        *("engine", "model", "fallback", "voice", "language", "sample-rate"),
        *("provenance", "ignored", "check"),
    )
)
_SPEECH_ERRORS: Final = (
    *BODY_ERRORS,
    TextTooLongError,
    UnusableVoiceError,
    VoiceNotFoundError,
    *WORK_ERRORS,
    AudioProcessingError,
)


class AudioDelta(TypedDict):
    """A piece of the file, in base64 of its own."""

    type: Literal["speech.audio.delta"]
    audio: str


class TokenUsage(TypedDict):
    """An estimate in OpenAI's terms."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class Check(TypedDict):
    """Ends of the checks of the sentences."""

    passed: bool
    sentences: int
    outcomes: dict[str, int]
    faults: dict[str, int]
    retries: int


class CaptionWord(TypedDict):
    """A word as it was written, and its times in seconds from the first sample."""

    start: float
    word: str
    end: float


class CaptionSentence(TypedDict):
    """A sentence, its times and its voice. `words` is null where they could not be found in the sound."""

    start: float
    text: str
    end: float
    voice: str
    words: NotRequired[list[CaptionWord] | None]


class AudioTimestamps(TypedDict):
    """The times, before the end of the speech: `sentences` with `timestamps_format` json, else a file's `text`."""

    type: Literal["speech.audio.timestamps"]
    format: Literal["json", "srt", "vtt"]
    object: NotRequired[Literal["speech.timestamps"]]
    granularity: NotRequired[Literal["sentence", "word"]]
    duration: NotRequired[float]
    sentences: NotRequired[list[CaptionSentence]]
    words_by: NotRequired[Literal["", "engine", "alignment"]]
    text: NotRequired[str]


class AudioDone(TypedDict):
    """The end of the speech."""

    type: Literal["speech.audio.done"]
    usage: TokenUsage
    check: NotRequired[Check]


SPEECH: Final[Responses] = {
    **refusals(*_SPEECH_ERRORS, *JOB_ERRORS, *LOST_RESULT_ERRORS),
    200: {
        "description": "The speech, while it is made; as events with `stream_format` sse; with `timestamps` in two "
        "parts, the sound and then the times.",
        "headers": text_headers(SPEECH_HEADERS),
        "content": {
            **{fmt.mime: {"schema": {"type": "string", "format": "binary"}} for fmt in AudioFormat},
            "text/event-stream": events_answer(AudioDelta | AudioTimestamps | AudioDone | Error),
            "multipart/mixed": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    202: ACCEPTED_JOB,
}


class PreviewSound(TypedDict):
    """Words that are pronounced by IPA."""

    text: str
    ipa: str


class PreviewUnit(TypedDict):
    """Words that are spoken in one go, and the seconds of silence behind them."""

    text: str
    ipa: list[PreviewSound]
    rate: float
    gain_db: float | None
    pause_after: float


class Preview(TypedDict):
    """Words that would be said."""

    language: str
    text: str
    units: list[PreviewUnit]


class Voice(TypedDict):
    """A voice that a request may name.

    `usable` is null while nobody has listened to a recording; `problem` says why a voice cannot be used. `duration` is
    in seconds of recordings. `licence` is null where nobody here knows it: recordings of your own, most Piper voices.
    """

    id: str
    name: str
    object: Literal["voice"]
    kind: Literal["openai", "library", "custom", "engine"]
    engine: str
    language: str | None
    languages: list[str]
    gender: str | None
    description: str
    downloaded: bool
    duration: float | None
    usable: bool | None
    problem: str | None
    licence: str | None
    non_commercial: bool | None


class VoiceList(TypedDict):
    """The voices, twice: as clients of other servers read them, and as OpenAI lists things."""

    object: Literal["list"]
    voices: list[Voice]
    data: list[Voice]


class VoiceNames(TypedDict):
    """The names of the voices that can be used."""

    voices: list[str]


class NamedModel(TypedDict):
    """A model as Open WebUI reads it."""

    id: str
    name: str


class NamedModels(TypedDict):
    """The models as Open WebUI reads them."""

    models: list[NamedModel]


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Value for `openapi_extra` of a route whose JSON body is read by hand, within bounds."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inlined(model)}}}}
