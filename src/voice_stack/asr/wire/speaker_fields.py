"""The fields that ask who speaks, in the ways that clients write them."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.wire.values import read_bool, read_number
from voice_stack.core.errors import InvalidRequestError
from voice_stack.speaker.diarization.request import PARAM, DiarizationRequest, Reference
from voice_stack.speaker.diarization.rttm import from_rttm
from voice_stack.speaker.diarization.turns import MOST_SPEAKERS, SpeakerBounds, Turn
from voice_stack.speaker.vectors import Embedding
from voice_stack.web.forms import Form

DIARIZING_MODEL: Final = "gpt-4o-transcribe-diarize"
"""OpenAI's name of a model that tells speakers apart."""
MOST_KNOWN: Final = 16
"""References in a request, at most. OpenAI takes four."""
SPEAKING_FORMATS: Final = (
    TranscriptFormat.DIARIZED_JSON,
    TranscriptFormat.VERBOSE_JSON,
    *(fmt for fmt in TranscriptFormat if fmt.writer),
)
"""Formats that say who speaks."""

_NAMES: Final = "known_speaker_names"
_LONGEST_NAME: Final = 100
_DATA_URL: Final = re.compile(
    r"data:(?P<type>[^,]{0,200}?)(?P<base64>;\s*base64)?,(?P<data>.*)", re.DOTALL | re.IGNORECASE
)

Get = Callable[[str], str | None]


def read_diarization(form: Form, fmt: TranscriptFormat, model: str) -> DiarizationRequest | None:
    """The diarization that a transcription asks for: by its format, by `diarize`, or by the name of the model.

    Returns:
        None where it asks for none, or the answer could not hold it: a model alone changes no answer's shape.

    Raises:
        InvalidRequestError: a field is at fault.
    """
    asked = read_bool(form.get("diarize"), "diarize")
    if asked and fmt not in SPEAKING_FORMATS:
        raise InvalidRequestError(
            f"response_format {fmt.value} has no place for speakers: diarize=true works with "
            f"{', '.join(one.value for one in SPEAKING_FORMATS)}.",
            param="diarize",
        )
    by_model = model.strip() == DIARIZING_MODEL and fmt in SPEAKING_FORMATS
    request = read_request(form)
    if fmt is TranscriptFormat.DIARIZED_JSON or asked or by_model or request.turns is not None:
        return request
    if (request.references or form.get_list(_NAMES)) and model.strip() != DIARIZING_MODEL:
        raise InvalidRequestError(
            "known_speaker_names is for answers with speakers: response_format=diarized_json, or diarize=true with "
            "verbose_json, srt or vtt.",
            param=_NAMES,
        )
    return None


def read_request(form: Form) -> DiarizationRequest:
    """Bounds of the number of speakers, and who they may be.

    Raises:
        InvalidRequestError: a field is at fault.
    """
    names = tuple(name.strip() for name in form.get_list(_NAMES))
    references = _references(form, names)
    return DiarizationRequest(read_bounds(form.get), references, () if references else names, _turns(form))


def _turns(form: Form) -> tuple[Turn, ...] | None:
    if "rttm" in form.files:
        raise InvalidRequestError("Send the RTTM's text in the field `rttm`, not as a file.", param="rttm")
    text = form.get("rttm")
    return None if text is None or not text.strip() else tuple(from_rttm(text))


def read_bounds(get: Get) -> SpeakerBounds:
    """`num_speakers`, or `min_speakers` and `max_speakers`.

    Args:
        get: the value of a field or parameter; None or empty for one that was not sent.

    Raises:
        InvalidRequestError: one is out of range, or they exclude each other.
    """
    number = _count(get, "num_speakers")
    least, most = _count(get, "min_speakers"), _count(get, "max_speakers")
    if number is not None:
        if least not in (None, number) or most not in (None, number):
            raise InvalidRequestError(
                "num_speakers excludes min_speakers and max_speakers: send the one or the others.", param="num_speakers"
            )
        return SpeakerBounds(number, number)
    if least is not None and most is not None and least > most:
        raise InvalidRequestError(f"min_speakers={least} is above max_speakers={most}.", param="min_speakers")
    most = MOST_SPEAKERS if most is None else most
    return SpeakerBounds(min(least or 1, most), most)


def _count(get: Get, name: str) -> int | None:
    value = get(name)
    if value is None or not value.strip():
        return None
    number = read_number(value, name)
    if number != int(number) or not 1 <= number <= MOST_SPEAKERS:
        raise InvalidRequestError(f"{name}={value[:20]!r} must be a whole number, 1 to {MOST_SPEAKERS}.", param=name)
    return int(number)


def _references(form: Form, names: Sequence[str]) -> tuple[Reference, ...]:
    sounds = form.get_list(PARAM)
    if sounds and len(names) != len(sounds):
        raise InvalidRequestError(
            f"There are {len(names)} known_speaker_names and {len(sounds)} known_speaker_references: each name needs "
            "its clip, in the same order.",
            param=PARAM if len(sounds) < len(names) else _NAMES,
        )
    if len(names) > MOST_KNOWN:
        raise InvalidRequestError(f"At most {MOST_KNOWN} speakers can be known.", param=_NAMES)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequestError(f"known_speaker_names has {twice[:40]!r} twice.", param=_NAMES)
    long = next((name for name in names if len(name) > _LONGEST_NAME), None)
    if long is not None:
        raise InvalidRequestError(f"The name {long[:40]!r}... is longer than {_LONGEST_NAME} characters.", param=_NAMES)
    return tuple(Reference(name, _sound(sound, name)) for name, sound in zip(names, sounds, strict=bool(sounds)))


def _sound(url: str, name: str) -> bytes:
    match = _DATA_URL.fullmatch(url.strip())
    if match is None:
        raise InvalidRequestError(
            f"The reference of {name!r} is no data URL: send data:audio/wav;base64, and the clip in base64.",
            param=PARAM,
        )
    if match["base64"] is None:
        return unquote_to_bytes(match["data"])
    try:
        return base64.b64decode("".join(match["data"].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequestError(f"The reference of {name!r} is not valid base64: {error}.", param=PARAM) from error


SUBTITLE_FIELDS: Final = ("diarize", "enable_diarization", "min_speakers", "max_speakers", "num_speakers")
"""Parameters of Bazarr's protocol, as its other callers send them."""


def read_subtitle_speakers(query: Mapping[str, Any], fmt: TranscriptFormat) -> DiarizationRequest | None:
    """The diarization that a request of Bazarr's protocol asks for; None where it asks for none.

    Raises:
        InvalidRequestError: a parameter is at fault, or the output has no place for speakers.
    """
    asked = [read_bool(query.get(name), name) for name in ("diarize", "enable_diarization")]
    bounds = read_bounds(query.get)
    if not any(asked):
        return None
    if fmt not in (TranscriptFormat.JSON, TranscriptFormat.JSONL, TranscriptFormat.SRT, TranscriptFormat.VTT):
        raise InvalidRequestError(
            f"output={fmt.value} has no place for speakers: diarize=true works with json, jsonl, srt and vtt.",
            param="output",
        )
    return DiarizationRequest(bounds)


def read_hotwords(value: object) -> tuple[str, ...]:
    """Words to favour, parted by commas."""
    return tuple(filter(None, (word.strip() for word in str(value or "").split(","))))


def voices_json(voices: Mapping[str, Embedding]) -> dict[str, list[float]]:
    """Vectors by speaker."""
    return {who: [round(float(number), 6) for number in voice] for who, voice in voices.items()}
