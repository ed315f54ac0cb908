"""The error envelope as plain data."""

import json

import pytest

from voice_stack.core.envelope import envelope, error_body, json_bytes, retry_headers
from voice_stack.core.errors import EngineError, InvalidAudioError, OverloadedError


def test_an_error_has_the_four_keys_of_openai() -> None:
    assert error_body(InvalidAudioError("No audio.")) == {
        "error": {"message": "No audio.", "type": "invalid_request_error", "param": "file", "code": "invalid_audio"}
    }


def test_a_lone_surrogate_in_a_message_breaks_no_answer() -> None:
    body = envelope("bad \ud800", "server_error", None, None)
    assert json.loads(json_bytes(body))["error"]["message"] == "bad ?"


def test_json_is_written_without_blanks_and_escapes() -> None:
    assert json_bytes({"a": ["ü", None, 1.5]}) == '{"a":["ü",null,1.5]}'.encode()


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_bytes({"a": float("nan")})


@pytest.mark.parametrize(
    ("status", "retryable", "says_no"),
    [(500, False, True), (503, True, False), (429, True, False), (409, False, True), (404, False, False)],
)
def test_the_sdks_are_told_where_asking_again_cannot_help(status: int, retryable: bool, says_no: bool) -> None:
    assert retry_headers(status, retryable=retryable) == ({"x-should-retry": "false"} if says_no else {})


def test_errors_say_themselves_whether_they_pass() -> None:
    assert not retry_headers(OverloadedError.status, retryable=OverloadedError.retryable)
    assert retry_headers(EngineError.status, retryable=EngineError.retryable)
