"""Who wants to wait, by RFC 7240 and by the query."""

import pytest
from starlette.requests import Request

from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.jobs.prefer import Preferences, read_preferences, wants_async


def request(query: str = "", *prefer: str) -> Request:
    headers = [(b"prefer", value.encode()) for value in prefer]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("prefer", "wait_s"),
    [
        (["respond-async"], 0),
        (["Respond-Async"], 0),
        (["handling=lenient, respond-async; foo=bar"], 0),
        (["return=minimal", "respond-async"], 0),
        (["respond-async, wait=10"], 10),
        (['wait = "5" ; x, respond-async'], 5),
        (["respond-async, wait=99999"], 60),
        (["respond-async, wait=soon"], 0),
        (['respond-async=""'], 0),
        (["wait=1, respond-async, wait=30"], 1),
    ],
)
def test_the_header_asks_for_a_job(prefer: list[str], wait_s: int) -> None:
    assert read_preferences(request("", *prefer)) == Preferences(True, wait_s, by_header=True)


@pytest.mark.parametrize(
    "prefer",
    [
        [],
        [""],
        [",;,"],
        ["respond-asynchronously"],
        ['note="a, respond-async"'],
        ['note="open, respond-async'],
        ["handling=strict; respond-async"],
        ["respond-async=no"],
        ['x="\\", respond-async, "'],
    ],
)
def test_other_preferences_do_not(prefer: list[str]) -> None:
    assert not wants_async(request("", *prefer))


@pytest.mark.parametrize(
    ("query", "prefer", "expected"),
    [
        ("async=true", [], Preferences(True)),
        ("async=1", ["respond-async"], Preferences(True, 0, by_header=True)),
        ("async", [], Preferences(True)),
        ("async=", [], Preferences(True)),
        ("async=false", ["respond-async"], Preferences(False)),
    ],
)
def test_the_query_overrules_the_header(query: str, prefer: list[str], expected: Preferences) -> None:
    assert read_preferences(request(query, *prefer)) == expected


def test_a_query_that_says_neither_is_refused() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        wants_async(request("async=perhaps"))
    assert caught.value.param == "async"
