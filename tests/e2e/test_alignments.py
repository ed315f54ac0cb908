"""POST /audio/alignments of real services: words as they are written, with the times at which they are said."""

from itertools import pairwise
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import Spoken, client
from tests.live_server import Server


def aligned(server: Server, spoken: Spoken, text: str, **fields: str) -> httpx.Response:
    file = ("audio.wav", spoken.path.read_bytes())
    return httpx.post(f"{server.v1}/audio/alignments", files={"file": file}, data={"text": text, **fields}, timeout=60)


@pytest.fixture(params=["whisper_server", "openai_whisper_server", "moonshine_server"])
def case(request: pytest.FixtureRequest, digits: Spoken, hello: Spoken) -> tuple[Server, Spoken]:
    """A service and a recording that its engine transcribes exactly."""
    server: Server = request.getfixturevalue(request.param)
    return server, hello if request.param == "moonshine_server" else digits


def test_every_word_has_its_time_in_order(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    body = aligned(server, spoken, spoken.text, language="en").json()
    assert body["object"] == "audio.alignment"
    assert body["language"] == "en"
    assert body["duration"] == pytest.approx(spoken.duration, abs=0.01)
    words = body["words"]
    assert [word["word"] for word in words] == spoken.text.split()
    assert all(0 <= word["start"] < word["end"] <= body["duration"] for word in words)
    assert all(before["end"] <= after["start"] + 0.03 for before, after in pairwise(words))
    assert body["segments"][0]["text"].split() == spoken.text.split()[: len(body["segments"][0]["text"].split())]


def test_words_lie_where_the_transcript_has_them(moonshine_server: Server, hello: Spoken) -> None:
    transcript = client(moonshine_server).audio.transcriptions.create(
        model="whisper-1", file=hello.path, response_format="verbose_json", timestamp_granularities=["word"]
    )
    words = aligned(moonshine_server, hello, hello.text).json()["words"]
    assert transcript.words is not None
    for found, heard in zip(words, transcript.words, strict=True):
        assert found["word"].rstrip(".") == heard.word
        assert found["start"] == pytest.approx(heard.start, abs=0.15)


def test_words_stay_as_the_client_wrote_them(moonshine_server: Server, hello: Spoken) -> None:
    text = "“The Man” was — walking... along THE road!"
    words = aligned(moonshine_server, hello, text).json()["words"]
    assert [word["word"] for word in words] == text.split()
    dash = words[3]
    assert dash["start"] == dash["end"] == words[2]["end"], "what has no sound has no length"


def test_a_strange_text_is_refused_with_what_was_heard(moonshine_server: Server, hello: Spoken) -> None:
    refused = aligned(moonshine_server, hello, "hello world")
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["code"], error["param"]) == ("text_mismatch", "text")
    assert hello.text.lower().rstrip(".") in error["message"]


def test_more_words_than_anybody_says_are_refused(whisper_server: Server, digits: Spoken) -> None:
    refused = aligned(whisper_server, digits, "one two " * 200, language="en")
    assert refused.json()["error"]["code"] == "text_mismatch"


def test_subtitles_are_the_lines_of_the_text(moonshine_server: Server, hello: Spoken) -> None:
    text = "The man was walking. Along the road."
    srt = aligned(moonshine_server, hello, text, response_format="srt").text
    vtt = aligned(moonshine_server, hello, text, response_format="vtt").text
    assert srt.startswith("1\n00:00:0")
    assert "The man was walking.\n\n2\n" in srt
    assert vtt.startswith("WEBVTT\n\n00:00:0")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"text": " - "}, "text"),
        ({"text": "the man", "response_format": "text"}, "response_format"),
        ({"text": "the man", "language": "klingon"}, "language"),
        ({"text": "der Mann", "language": "de"}, "language"),
        ({"text": "the man", "model": "moonshine-tiny"}, "model"),
    ],
)
def test_bad_fields_are_named(sphinx_server: Server, hello: Spoken, fields: dict[str, str], param: str) -> None:
    refused = aligned(sphinx_server, hello, **fields)
    if fields.get("model") and refused.status_code == 404:
        pytest.skip("this platform has no Moonshine")
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param


def test_a_job_gives_the_same_answer(moonshine_server: Server, hello: Spoken) -> None:
    waited = aligned(moonshine_server, hello, hello.text).json()
    accepted = httpx.post(
        f"{moonshine_server.v1}/audio/alignments",
        params={"async": "true"},
        files={"file": ("audio.wav", hello.path.read_bytes())},
        data={"text": hello.text},
    )
    assert accepted.status_code == 202
    job = accepted.json()["id"]
    body: Any = None
    for _ in range(200):
        found = httpx.get(f"{moonshine_server.v1}/jobs/{job}/result", timeout=30)
        if found.status_code == 200:
            body = found.json()
            break
    assert body == waited


def test_the_sdk_reaches_it(moonshine_server: Server, hello: Spoken) -> None:
    api = client(moonshine_server)
    with hello.path.open("rb") as file:
        found: Any = api.post(
            "/audio/alignments",
            cast_to=object,
            body={"text": hello.text},
            files={"file": ("audio.wav", file.read(), "audio/wav")},
            options={"headers": {"content-type": "multipart/form-data"}},
        )
        assert [word["word"] for word in found["words"]] == hello.text.split()
    with pytest.raises(openai.BadRequestError, match="not what is said"):
        api.post(
            "/audio/alignments",
            cast_to=object,
            body={"text": "something else entirely"},
            files={"file": ("audio.wav", hello.path.read_bytes(), "audio/wav")},
            options={"headers": {"content-type": "multipart/form-data"}},
        )
