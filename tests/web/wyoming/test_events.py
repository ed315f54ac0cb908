"""Events read within bounds, whatever comes; and written so that the protocol's own package reads them."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wyoming.event import Event, async_read_event

from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.wyoming.events import BrokenEventError, EventReader, Fields, encoded

DATA_BYTES = 1000


async def read_all(*parts: bytes) -> list[Event]:
    """The events in bytes that come in these parts, and then end."""
    stream = asyncio.StreamReader()
    reader = EventReader(stream, DATA_BYTES)

    async def feed() -> None:
        for part in parts:
            stream.feed_data(part)
            await asyncio.sleep(0)
        stream.feed_eof()

    feeding = asyncio.create_task(feed())
    found = []
    try:
        while (event := await reader.read()) is not None:
            assert not reader.within or reader._buffer
            found.append(event)
    finally:
        await feeding
    return found


def line(**header: Any) -> bytes:
    return json.dumps(header).encode() + b"\n"


async def test_events_come_whole_however_they_are_cut() -> None:
    sent = [
        Event("describe"),
        Event("audio-chunk", {"rate": 16_000, "text": "é\n"}, b"{\n\x00\xff" * 500),
        Event("ping", {"text": "x"}),
    ]
    wire = b"".join(map(encoded, sent))
    for size in (1, 7, 1000, len(wire)):
        assert await read_all(*(wire[at : at + size] for at in range(0, len(wire), size))) == sent


async def test_the_protocols_own_package_reads_what_is_written() -> None:
    stream = asyncio.StreamReader()
    sent = Event("transcript", {"text": "Grüße, 世界"}, b"\x00" * 3)
    stream.feed_data(encoded(sent))
    stream.feed_eof()
    assert await async_read_event(stream) == sent


async def test_data_may_stand_in_the_header_and_behind_it() -> None:
    behind = b'{"b": 2}'
    header = line(type="x", data={"a": 1, "b": 1}, data_length=len(behind))
    assert (await read_all(header + behind))[0].data == {"a": 1, "b": 2}


async def test_a_lone_surrogate_breaks_no_answer() -> None:
    (event,) = await read_all(b'{"type": "ping", "data": {"text": "\\ud800"}}\n')
    assert encoded(event).endswith(b'{"text":"?"}')


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\n",
        b"{\n",
        b"[]\n",
        b"{}\n",
        b'{"type": 5}\n',
        b'{"type": ""}\n',
        line(type="x" * 101),
        line(type="x", data=[1]),
        line(type="x", data_length=-1),
        line(type="x", data_length="5"),
        line(type="x", data_length=True),
        line(type="x", data_length=1.5),
        line(type="x", data_length=DATA_BYTES + 1),
        line(type="x", payload_length=10**30),
        line(type="x", data_length=2) + b"[]",
        line(type="x", data_length=2) + b"{x",
        line(type="x", data_length=3) + b"{",
        line(type="x", payload_length=3) + b"ab",
        b'{"type": "x"',
        b'{"type": "' + b"x" * 70_000,
        b'{"type": "x", "data": ' + b"[" * 60_000 + b"\n",
        b'{"type": "x", "data": {"n": ' + b"9" * 60_000 + b"}}\n",
        b'{"type": "\xff"}\n',
    ],
)
async def test_what_is_no_event_is_told(junk: bytes) -> None:
    with pytest.raises(BrokenEventError):
        await read_all(encoded(Event("ping")), junk)


async def test_a_connection_without_a_word_is_no_mistake() -> None:
    assert await read_all(b"") == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([b'{"type":"a"}\n', b'{"type":"b","payload_length":3}\n'])))
def test_any_bytes_are_events_or_told(parts: list[bytes]) -> None:
    async def run() -> None:
        with contextlib.suppress(BrokenEventError):
            await read_all(*parts)

    asyncio.run(run())


def test_fields_have_their_types() -> None:
    fields = Fields({"text": "a", "rate": 5, "names": ["x"], "voice": {"name": "v"}, "none": None})
    assert (fields.text("text"), fields.number("rate"), fields.texts("names")) == ("a", 5, ["x"])
    assert fields.fields("voice").text("name") == "v"
    assert (fields.text("none"), fields.number("none"), fields.texts("none"), fields.fields("none").data) == (
        None,
        None,
        [],
        {},
    )
    for read in (
        lambda: fields.text("rate"),
        lambda: fields.number("text"),
        lambda: Fields({"x": True}).number("x"),
        lambda: fields.texts("text"),
        lambda: Fields({"x": [1]}).texts("x"),
        lambda: fields.fields("names"),
    ):
        with pytest.raises(InvalidRequestError) as raised:
            read()
        assert raised.value.param
