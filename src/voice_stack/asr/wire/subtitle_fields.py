"""The fields of a request that say what its subtitles shall be like, of every protocol."""

from collections.abc import Callable
from typing import Any, Final

from voice_stack.asr.subtitles.options import FIELDS, SubtitleOptions
from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.asr.wire.values import FALSE_WORDS, TRUE_WORDS, is_unset
from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.documents import Json, parameter

PROFILE: Final = "subtitle_profile"
SUBTITLE_FIELDS: Final = (PROFILE, *FIELDS)
"""Names of all of them."""


def read_shape(get: Callable[[str], str | None], options: SubtitleOptions, *, bazarr: bool = False) -> Shape:
    """The subtitles that a request asks for; what it leaves open is as it is configured.

    Args:
        get: the value of a field, None where it was not sent.
        bazarr: whether the request is Bazarr's, which has a profile of its own.

    Raises:
        InvalidRequestError: with the field at fault as `param`, and what is allowed.
    """
    sent = {name: value for name in SUBTITLE_FIELDS if not is_unset(value := get(name)) and value is not None}
    changes: dict[str, Any] = {name: _read(name, value) for name, value in sent.items() if name != PROFILE}
    if PROFILE in sent:
        changes["bazarr_profile" if bazarr else "profile"] = _profile(sent[PROFILE])
    return options.model_copy(update=changes).shape(bazarr=bazarr)


def _profile(value: str) -> Profile:
    try:
        return Profile(value.strip().lower())
    except ValueError:
        raise InvalidRequestError(
            f"{PROFILE}={value[:40]!r} is not one of {', '.join(Profile)}.", param=PROFILE
        ) from None


def _read(name: str, value: str) -> float | bool:
    try:
        return FIELDS[name].read(value)
    except ValueError as error:
        raise InvalidRequestError(f"{name}={value[:40]!r} {error}.", param=name) from None


def _schema(name: str) -> Json:
    field = FIELDS[name]
    if field.kind is bool:
        return {"type": "string", "enum": [*TRUE_WORDS, *FALSE_WORDS]}
    kind = "integer" if field.kind is int else "number"
    number = {"type": kind, "minimum": field.least, "maximum": field.most}
    return {"anyOf": [number, {"type": "string", "enum": [""]}]}


PROFILE_SCHEMA: Final[Json] = {"type": "string", "enum": [*Profile, ""]}
_MEANING: Final = "Profile of subtitles (srt, vtt, ass, ttml, lrc); docs/subtitles.md says what each keeps to."
FORM_SCHEMAS: Final[dict[str, Json]] = {
    PROFILE: {**PROFILE_SCHEMA, "description": _MEANING},
    **{name: {**_schema(name), "description": field.description} for name, field in FIELDS.items()},
}
"""The fields as parts of a form, for the API's documentation."""

PARAMETERS: Final[list[Json]] = [
    parameter("query", PROFILE, _MEANING, PROFILE_SCHEMA),
    *(parameter("query", name, field.description, _schema(name)) for name, field in FIELDS.items()),
]
"""The same as parameters of a query."""
