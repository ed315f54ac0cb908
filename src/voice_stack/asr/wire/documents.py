"""Forms and answers of the transcription routes, for the API's documentation."""

from typing import Any, Final, Literal, NotRequired

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.wire.forms import ALIGNMENT_FORMATS, FORMATS, TRANSLATION_FORMATS
from voice_stack.asr.wire.speaker_fields import MOST_KNOWN
from voice_stack.asr.wire.subtitle_fields import FORM_SCHEMAS
from voice_stack.asr.wire.values import FALSE_WORDS, TRUE_WORDS
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError, TextMismatchError
from voice_stack.language.codes import LANGUAGES, language_pattern
from voice_stack.speaker.diarization.turns import MOST_SPEAKERS
from voice_stack.web.documents import (
    ANY_ERRORS,
    BODY_ERRORS,
    WORK_ERRORS,
    Error,
    Json,
    Responses,
    events_answer,
    json_answer,
    refusals,
)
from voice_stack.web.jobs.documents import ACCEPTED_JOB, JOB_ERRORS, LOST_RESULT_ERRORS

ENGINE_HEADERS: Final = ("x-voice-stack-engine", "x-voice-stack-model", "x-voice-stack-fallback")
AUDIO_ERRORS: Final = (*BODY_ERRORS, InvalidAudioError, AudioTooLongError, *WORK_ERRORS)
LANGUAGE_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": language_pattern(LANGUAGES),
    "examples": ["en"],
}

TRACK_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "description": "Audio track of a film: its number, from 0, or its language. Absent: the one in `language` where "
    "the tracks name theirs, else the one that is marked as default, else the first.",
    "examples": ["0"],
}


class Logprob(TypedDict):
    """A word with the logarithm of its probability."""

    token: str
    logprob: float
    bytes: list[int]


class DurationUsage(TypedDict):
    """Seconds of audio that were transcribed, as OpenAI bills them."""

    type: Literal["duration"]
    seconds: int


class Transcription(TypedDict):
    """`response_format=json`."""

    text: str
    logprobs: NotRequired[list[Logprob]]
    usage: DurationUsage


class Translation(TypedDict):
    """`response_format=json` of a translation."""

    text: str


class TranscriptWord(TypedDict):
    """A word and its times in seconds."""

    word: str
    start: float
    end: float
    speaker: NotRequired[str]


class SegmentWord(TranscriptWord):
    """A word of a segment, as the engine wrote it."""

    probability: float | None


class TranscriptSegment(TypedDict):
    """A segment and its times in seconds."""

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: NotRequired[list[SegmentWord]]
    speaker: NotRequired[str]


class VerboseTranscription(TypedDict):
    """`response_format=verbose_json`."""

    task: Literal["transcribe", "translate"]
    language: str
    duration: float
    text: str
    words: NotRequired[list[TranscriptWord]]
    segments: NotRequired[list[TranscriptSegment]]
    usage: NotRequired[DurationUsage]


class SpeakerSegment(TypedDict):
    """Words of one speaker, and their times: an entry of diarized_json, and an event of its stream."""

    type: Literal["transcript.text.segment"]
    id: str
    start: float
    end: float
    text: str
    speaker: str


class DiarizedTranscription(TypedDict):
    """`response_format=diarized_json`."""

    task: Literal["transcribe"]
    duration: float
    text: str
    segments: list[SpeakerSegment]
    usage: DurationUsage


class FullTranscription(VerboseTranscription):
    """Everything that is known about a transcript."""

    language_code: str | None
    language_probability: float | None
    engine: str
    model: str
    device: str
    fallback_reason: str | None
    speech_duration: float
    inference_seconds: float
    waiting_seconds: float
    real_time_factor: float


class AlignedWord(TranscriptWord):
    """A word as the client wrote it. `score` is the probability that the engine gives it; some have none."""

    score: NotRequired[float]


class AlignedSegment(TypedDict):
    """A line of the text, as subtitles have it."""

    id: int
    start: float
    end: float
    text: str


class Alignment(TypedDict):
    """The words of a text, and when they are said."""

    object: Literal["audio.alignment"]
    language: str
    duration: float
    engine: str
    model: str
    words: list[AlignedWord]
    segments: list[AlignedSegment]


class TextDelta(TypedDict):
    """Text of a segment, as soon as it is there."""

    type: Literal["transcript.text.delta"]
    delta: str
    logprobs: NotRequired[list[Logprob]]
    segment_id: NotRequired[str]


class TextDone(TypedDict):
    """The whole text, at the end."""

    type: Literal["transcript.text.done"]
    text: str
    logprobs: NotRequired[list[Logprob]]


class Subtitles(TypedDict):
    """`output=json` of Bazarr's protocol."""

    text: str
    segments: list[TranscriptSegment]
    language: str | None
    speaker_embeddings: NotRequired[dict[str, list[float]]]


class DetectedLanguage(TypedDict):
    """The language that is spoken."""

    detected_language: str
    language_code: str
    confidence: float


class DetectionError(Error):
    """OpenAI's error envelope; beside it, that the language is undetermined (`und`), for clients that look there."""

    detected_language: str
    language_code: str
    confidence: float


_COMMON: Final[dict[str, Any]] = {
    "file": {"type": "string", "format": "binary", "description": "Sound, or a film, in any container FFmpeg reads."},
    "model": {"type": "string", "pattern": r"\S", "examples": ["whisper-1"]},
    "prompt": {"type": "string"},
    "temperature": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "enum": [""]}]},
    "audio_track": TRACK_SCHEMA,
    "callback_url": {"type": "string", "description": "As in the query."},
}
_TRANSCRIPTION: Final[dict[str, Any]] = {
    **_COMMON,
    "language": LANGUAGE_SCHEMA,
    "languages[]": {"type": "array", "items": LANGUAGE_SCHEMA, "description": "Counts when it names one."},
    "timestamp_granularities[]": {"type": "array", "items": {"type": "string", "enum": ["segment", "word"]}},
    "keywords[]": {"type": "array", "items": {"type": "string"}, "description": "Words to favour."},
    "transcript_names[]": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Names to favour, before `keywords`: Wyoming's field.",
    },
    "transcript_terms[]": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Terms to favour, after `keywords`: Wyoming's field.",
    },
    "chunking_strategy": {
        "anyOf": [
            {"type": "string", "enum": ["auto", "", "null"]},
            {
                "type": "string",
                "contentMediaType": "application/json",
                "pattern": r'^\{"type": ?"server_vad"\}$',
                "description": "An object: `type` server_vad, and `threshold`, `prefix_padding_ms`, "
                "`silence_duration_ms`.",
            },
        ]
    },
}
_COUNT: Final[dict[str, Any]] = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_SPEAKERS}, {"type": "string", "enum": [""]}]
}
SPEAKER_FIELDS: Final[dict[str, Any]] = {
    "num_speakers": _COUNT,
    "min_speakers": _COUNT,
    "max_speakers": _COUNT,
    "known_speaker_names[]": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "maxItems": MOST_KNOWN,
        "description": "Names of speakers, each with a clip at the same place in known_speaker_references[].",
    },
    "known_speaker_references[]": {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": MOST_KNOWN,
        "description": "Data URLs, 2 to 10 s of each speaker alone.",
    },
}
_RESPONSE_FORMAT: Final[dict[str, Any]] = {
    "type": "string",
    "enum": [*FORMATS, ""],
    "description": "ass, ttml and lrc are none of OpenAI's.",
}
TRANSCRIPTION_FORM: Final = {
    **_TRANSCRIPTION,
    **FORM_SCHEMAS,
    "response_format": _RESPONSE_FORMAT,
    "include[]": {
        "type": "array",
        "items": {"type": "string", "enum": ["logprobs"]},
        "description": "With `response_format` json, or a stream.",
    },
    "stream": {
        "anyOf": [{"type": "boolean"}, {"type": "string", "enum": [*TRUE_WORDS, *FALSE_WORDS]}],
        "description": "Events, with `response_format` json or text; the others have no such shape and are sent whole.",
    },
}
VERBOSE_FORM: Final = {
    **_TRANSCRIPTION,
    "response_format": {"type": "string", "enum": ["json", "verbose_json", ""]},
}
ALIGNMENT_FORM: Final[dict[str, Any]] = {
    "file": _COMMON["file"],
    "text": {
        "type": "string",
        "pattern": r"[A-Za-z0-9\u00c0-\uffff]",
        "examples": ["There is nothing to see here."],
        "description": "What is said in the recording, as it is written.",
    },
    "language": {**LANGUAGE_SCHEMA, "description": "Of the text; told from it when left out."},
    "model": {**_COMMON["model"], "description": "Absent: the configured one, where it aligns the language."},
    "response_format": {"type": "string", "enum": [*ALIGNMENT_FORMATS, ""]},
    "audio_track": TRACK_SCHEMA,
    "callback_url": _COMMON["callback_url"],
    **FORM_SCHEMAS,
}
TRANSLATION_FORM: Final = {
    **_COMMON,
    **FORM_SCHEMAS,
    "response_format": {**_RESPONSE_FORMAT, "enum": [*TRANSLATION_FORMATS, ""]},
}
BATCH_FORM: Final = {
    **TRANSCRIPTION_FORM,
    "file": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "minItems": 1,
        "description": "The files, or one zip of them.",
    },
    "stream": {"anyOf": [{"const": False}, {"type": "string", "enum": list(FALSE_WORDS)}]},
}
SUBTITLES_FORM: Final[dict[str, Any]] = {"audio_file": _COMMON["file"]}


def form(properties: dict[str, Any], *required: str, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Value for `openapi_extra` of a route that reads a form.

    Args:
        properties: the fields, with their schemas. Others are passed over.
        required: names of those that must be there; the first is the sound.
        parameters: further ones that the route reads by hand.
    """
    schema: dict[str, Any] = {"type": "object", "required": list(required), "properties": properties}
    if "include[]" in properties:
        schema["dependentSchemas"] = {"include[]": {"properties": {"response_format": {"enum": ["json", ""]}}}}
    encoding = {required[0]: {"contentType": "audio/*, video/*"}}
    body = {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}
    return {"requestBody": body, **({"parameters": parameters} if parameters else {})}


def transcripts(*models: Any, events: bool = False, formats: tuple[TranscriptFormat, ...] = ()) -> Responses:
    """Answers of a route that transcribes.

    Args:
        models: typed dictionaries of its answers in JSON.
        events: whether it streams.
        formats: of its answers that are text.
    """
    headers = (*ENGINE_HEADERS, "asr-engine", "content-disposition")
    union = models[0]
    for model in models[1:]:
        union = union | model
    answer: Json = {"description": "The transcript."}
    if models:
        answer = json_answer(union, "The transcript.", headers=headers)
    texts = {fmt.mime.partition(";")[0] for fmt in formats} - {"application/json"}
    content: Json = {**answer.get("content", {}), **{mime: {"schema": {"type": "string"}} for mime in sorted(texts)}}
    if events:
        content["text/event-stream"] = events_answer(TextDelta | SpeakerSegment | TextDone | Error)
    return {
        **refusals(*AUDIO_ERRORS, *JOB_ERRORS, *LOST_RESULT_ERRORS),
        200: {**answer, "content": content},
        202: ACCEPTED_JOB,
    }


def aligned(model: Any, formats: tuple[TranscriptFormat, ...]) -> Responses:
    """Answers of the route that aligns."""
    return {**transcripts(model, formats=formats), **refusals(*AUDIO_ERRORS, TextMismatchError, *JOB_ERRORS)}


def detected() -> Responses:
    """Answers of the route that tells the language."""
    headers = (*ENGINE_HEADERS, "asr-engine")
    answer = json_answer(DetectedLanguage, "The language.", headers=headers)
    return {**refusals(*AUDIO_ERRORS, *ANY_ERRORS, model=DetectionError), 200: answer}
