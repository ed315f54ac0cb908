"""Multipart bodies from real clients, whole and damaged."""

import random
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.uploads import Form, read_form


async def _read(body: bytes, content_type: str, cuts: random.Random) -> Form:
    pieces: list[bytes] = []
    while body:
        length = cuts.choice([1, 2, 5, 40, 1000, 70_000])
        pieces.append(body[:length])
        body = body[length:]

    def messages() -> Iterator[Message]:
        for piece in pieces:
            yield {"type": "http.request", "body": piece, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    stream = messages()

    async def receive() -> Message:
        return next(stream)

    headers = [(b"content-type", content_type.encode())]
    return await read_form(
        Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive), max_bytes=10**6
    )


def _encode(fields: list[tuple[str, str]], files: dict[str, bytes]) -> tuple[bytes, str]:
    """What httpx, and so the OpenAI SDK, sends."""
    parts: list[tuple[str, tuple[str | None, bytes]]] = [(name, (None, value.encode())) for name, value in fields]
    parts += [(name, ("a.wav", content)) for name, content in files.items()]
    request = httpx.Request("POST", "http://x", files=parts)
    return request.read(), request.headers["content-type"]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=("Cc", "Cs")), min_size=1)
VALUES = st.text(st.characters(codec="utf-8"))
CONTENTS = st.one_of(
    st.binary(max_size=5000), st.lists(st.sampled_from([b"\r", b"\n", b"-", b"\r\n--", b"x"])).map(b"".join)
)


@settings(max_examples=150, deadline=None)
@given(
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    files=st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=3),
    seed=st.integers(),
)
async def test_what_a_client_sends_is_what_is_read(
    fields: list[tuple[str, str]], files: dict[str, bytes], seed: int
) -> None:
    body, content_type = _encode(fields, files)
    async with await _read(body, content_type, random.Random(seed)) as form:
        assert form.fields == fields
        assert {name: file.file.read() for name, file in form.files.items()} == files


@pytest.mark.parametrize("seed", range(300))
async def test_a_damaged_body_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    body, content_type = _encode([("model", "whisper-1"), ("words[]", "a")], {"file": chance.randbytes(2000)})
    damaged = bytearray(body)
    for _ in range(chance.randint(1, 30)):
        where = chance.randrange(len(damaged))
        match chance.randrange(3):
            case 0:
                damaged[where] = chance.randrange(256)
            case 1:
                del damaged[where : where + chance.randrange(1, 50)]
            case _:
                damaged[where:where] = chance.choice([b"\r\n", b"--", b'"', b";", b":", b"\0", body[:60]])
    try:
        form = await _read(bytes(damaged), content_type, chance)
    except InvalidRequestError:
        return
    form.get_list("words")
    form.close()
