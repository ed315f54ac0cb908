"""The error tree: what the SDKs make of a class is decided by its status and its code."""

import re
from collections.abc import Iterator

import pytest

from voice_stack.core import errors
from voice_stack.core.errors import (
    AudioTooLongError,
    AuthenticationError,
    EngineUnavailableError,
    InvalidAudioError,
    InvalidRequestError,
    ModelInUseError,
    ModelNotFoundError,
    OverloadedError,
    ProcessLostError,
    VoiceStackError,
)


def _tree(cls: type[VoiceStackError] = VoiceStackError) -> Iterator[type[VoiceStackError]]:
    yield cls
    for child in cls.__subclasses__():
        # Tests of other packages derive their own.
        if child.__module__ == VoiceStackError.__module__:
            yield from _tree(child)


@pytest.mark.parametrize("cls", list(_tree()), ids=lambda cls: cls.__name__)
def test_status_type_and_code_fit_together(cls: type[VoiceStackError]) -> None:
    assert 400 <= cls.status < 600
    assert (cls.type == "invalid_request_error") is issubclass(cls, InvalidRequestError)
    # A full queue is nobody's mistake, but HTTP has its status among the clients'.
    assert (cls.status < 499 and cls.status != 429) is issubclass(cls, InvalidRequestError)
    # Clients' mistakes stay mistakes when they are sent again; a model is not in use for ever.
    assert not (cls.retryable and issubclass(cls, InvalidRequestError)) or cls is ModelInUseError


def _drawing(cls: type[VoiceStackError] = VoiceStackError, depth: int = 0) -> Iterator[str]:
    yield f"{'  ' * depth}x {cls.__name__} {cls.status} {cls.code or ''}".rstrip()
    for child in cls.__subclasses__():
        if child.__module__ == VoiceStackError.__module__:
            yield from _drawing(child, depth + 1)


def test_the_drawing_is_the_tree() -> None:
    drawn = re.findall(r"^    ( *x \w+) +(.*)$", errors.__doc__ or "", re.MULTILINE)
    assert [f"{name} {' '.join(facts.split())}" for name, facts in drawn] == list(_drawing())


def test_codes_are_unique() -> None:
    codes = [cls.__dict__["code"] for cls in _tree() if cls.__dict__.get("code")]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("error", "param"),
    [
        (InvalidAudioError("m"), "file"),
        (AudioTooLongError("m"), "file"),
        (InvalidAudioError("m", param="audio_file"), "audio_file"),
        (ModelNotFoundError("m"), "model"),
        (InvalidRequestError("m"), None),
    ],
)
def test_errors_name_the_field_they_are_about(error: VoiceStackError, param: str | None) -> None:
    assert (str(error), error.message, error.param) == ("m", "m", param)


def test_only_a_missing_key_asks_for_authentication() -> None:
    assert AuthenticationError("m").headers == {"www-authenticate": "Bearer"}
    others = (AuthenticationError, OverloadedError, ProcessLostError)
    assert all(cls("m").headers == {} for cls in _tree() if not issubclass(cls, others))


@pytest.mark.parametrize(("seconds", "header"), [(-3.0, "1"), (0.0, "1"), (1.0, "1"), (1.01, "2"), (59.5, "60")])
def test_a_full_queue_names_whole_seconds(seconds: float, header: str) -> None:
    assert OverloadedError("m", retry_after_s=seconds).headers == {"retry-after": header}


def test_an_engine_that_cannot_be_had_is_not_retried() -> None:
    assert EngineUnavailableError.status == 503
    assert not EngineUnavailableError.retryable
