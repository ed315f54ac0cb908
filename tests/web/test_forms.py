"""Lists and objects in every way that clients write them into a form."""

import asyncio
import threading
from typing import Any

import openai
import pytest
from fastapi import APIRouter, Request

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.forms import Form, on_disk
from voice_stack.web.uploads import read_form


def test_the_last_value_of_a_field_counts() -> None:
    form = Form(fields=[("model", "a"), ("model", "b"), ("prompt", "")])
    assert (form.get("model"), form.get("prompt"), form.get("language")) == ("b", "", None)


@pytest.mark.parametrize(
    "fields",
    [
        [("words", "a"), ("words", "b")],
        [("words[]", "a"), ("words[]", "b")],
        [("words[1]", "b"), ("words[0]", "a")],
        [("words[10]", "b"), ("words[9]", "a")],
        [("words", '["a", "b"]')],
        [("words", ' [ "a","b" ] ')],
        [("words", "a"), ("words[]", "b")],
        [("extra_body[words][]", "a"), ("extra_body[words][]", "b")],
        [("extra_body[words]", '["a", "b"]')],
        [("words[]", "a"), ("words_more[]", "x"), ("other[words][]", "x"), ("words[]", "b")],
    ],
)
def test_a_list_arrives_in_every_spelling(fields: list[tuple[str, str]]) -> None:
    assert Form(fields=fields).get_list("words") == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], []),
        ([("words", "[]")], []),
        ([("words", "")], []),
        ([("words[]", ""), ("words[]", " "), ("words[]", "a")], ["a"]),
        ([("words", '["", "a"]')], ["a"]),
        ([("words", "[laughs] hello")], ["[laughs] hello"]),
        ([("words", "[" * 100_000)], ["[" * 100_000]),
        ([("words[]", '["a"]')], ["a"]),
        ([("words", '[1, true, "x", null]')], ["1", "true", "x", "null"]),
        ([("words", "a,b")], ["a,b"]),
    ],
)
def test_what_is_no_json_array_is_one_value(fields: list[tuple[str, str]], expected: list[str]) -> None:
    assert Form(fields=fields).get_list("words") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("vad[type]", "server_vad"), ("vad[threshold]", "0.4")], {"type": "server_vad", "threshold": "0.4"}),
        ([("vad", '{"type": "server_vad", "threshold": 0.4}')], {"type": "server_vad", "threshold": 0.4}),
        ([("extra_body[vad][type]", "server_vad")], {"type": "server_vad"}),
        ([("extra_body[vad]", '{"type": "x"}')], {"type": "x"}),
        ([("vad", "{}")], {}),
        ([("vad", "auto")], None),
        ([("vad", "")], None),
        ([("other[type]", "x")], None),
    ],
)
def test_an_object_arrives_in_every_spelling(fields: list[tuple[str, str]], expected: object) -> None:
    assert Form(fields=fields).get_object("vad") == expected


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a":' * 100_000, '{"a": ' + "1" * 5000 + "}", "{'a': 1}"])
def test_a_broken_object_names_its_field(text: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Form(fields=[("vad", text)]).get_object("vad")
    assert caught.value.param == "vad"


def test_what_the_sdk_sends_is_understood(make_app: MakeApp) -> None:
    router = APIRouter()

    @router.post("/audio/transcriptions")
    async def echo(request: Request) -> dict[str, Any]:
        async with await read_form(request, max_bytes=1000) as form:
            return {
                "text": form.get("model"),
                "granularities": form.get_list("timestamp_granularities"),
                "include": form.get_list("include"),
                "chunking": form.get_object("chunking_strategy"),
                "speakers": form.get_list("known_speaker_names"),
                "stream": form.get("stream"),
                "file": [form.files["file"].filename, form.files["file"].size],
            }

    with served_app(make_app(router)) as url:
        answer = openai.OpenAI(base_url=f"{url}/v1", api_key="x").audio.transcriptions.create(
            model="whisper-1",
            file=b"12345",
            timestamp_granularities=["word", "segment"],
            include=["logprobs"],
            chunking_strategy={"type": "server_vad", "threshold": 0.4},
            stream=False,
            extra_body={"known_speaker_names": ["Ann", "Bo"]},
        )
    assert answer.to_dict() == {
        "text": "whisper-1",
        "granularities": ["word", "segment"],
        "include": ["logprobs"],
        "chunking": {"type": "server_vad", "threshold": "0.4"},
        "speakers": ["Ann", "Bo"],
        "stream": "false",
        "file": ["upload", 5],
    }


async def test_a_crowd_of_uploads_shares_a_few_threads() -> None:
    arrived, gate, lock = 0, threading.Event(), threading.Lock()

    def write() -> str:
        nonlocal arrived
        with lock:
            arrived += 1
        gate.wait(30)
        return threading.current_thread().name

    crowd = [asyncio.create_task(on_disk(write)) for _ in range(100)]
    async with asyncio.timeout(30):
        while arrived < 16:  # noqa: ASYNC110 (threads set it)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert arrived == 16
        # Threads that others use are not among them.
        assert await asyncio.to_thread(lambda: 1) == 1
        gate.set()
        await asyncio.gather(*crowd)
    assert arrived == 100
