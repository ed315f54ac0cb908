"""The bytes of an event, as a table."""

import json
import math

import pytest

from voice_stack.web.sse import encode_event


@pytest.mark.parametrize(
    ("data", "event", "expected"),
    [
        ({"type": "a", "delta": " hi"}, None, 'data: {"type":"a","delta":" hi"}\n\n'),
        ({"delta": "Grüße 你好"}, None, 'data: {"delta":"Grüße 你好"}\n\n'),
        ({"delta": "a\nb\r\nc"}, None, 'data: {"delta":"a\\nb\\r\\nc"}\n\n'),
        ({"delta": "a\u2028b\u2029c\x85d"}, None, 'data: {"delta":"a\\u2028b\\u2029c\\u0085d"}\n\n'),
        ({"error": {"code": None}}, "error", 'event: error\ndata: {"error":{"code":null}}\n\n'),
        ({}, None, "data: {}\n\n"),
    ],
)
def test_event_bytes(data: dict[str, object], event: str | None, expected: str) -> None:
    assert encode_event(data, event=event) == expected.encode()


@pytest.mark.parametrize("text", ["a\u2028b", "\x85", "\x0b\x0c\x1c\x1d\x1e", "\ud83d"])
def test_an_event_is_one_line_to_every_reader_of_lines(text: str) -> None:
    lines = encode_event({"delta": text}).decode().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0].removeprefix("data: ")).keys() == {"delta"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_no_json_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_event({"logprob": number})
