"""The official Python SDK against real services: three engines, every method, format and event."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import Spoken, client
from tests.live_server import Server

# Pocketsphinx is asked by the contract probe in every run.
SERVERS = ["whisper_server", "openai_whisper_server", pytest.param("sphinx_server", marks=pytest.mark.long)]


@pytest.fixture(params=SERVERS)
def case(request: pytest.FixtureRequest, digits: Spoken, hello: Spoken) -> tuple[Server, Spoken]:
    """A service and a recording that its engine transcribes exactly."""
    server: Server = request.getfixturevalue(request.param)
    small = replace(hello, text=hello.text.lower().rstrip("."))
    return server, small if request.param == "sphinx_server" else digits


def test_json_is_the_exact_text(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    result = client(server).audio.transcriptions.create(model="whisper-1", file=spoken.path)
    assert result.text == spoken.text
    assert result.usage is not None
    assert result.usage.type == "duration"
    assert abs(result.usage.seconds - spoken.duration) <= 1


def test_the_answer_names_its_engine(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    raw = client(server).audio.transcriptions.with_raw_response.create(model="whisper-1", file=spoken.path)
    engines = {"faster-whisper", "whisper", "pocketsphinx"}
    assert raw.headers["x-voice-stack-engine"] in engines
    assert raw.headers["x-voice-stack-model"]
    assert raw.headers["x-request-id"] == raw.parse()._request_id


def test_text_is_plain(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    result = client(server).audio.transcriptions.create(model="whisper-1", file=spoken.path, response_format="text")
    assert result == spoken.text + "\n"


def test_srt_and_vtt_have_cues_within_the_audio(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    api = client(server).audio.transcriptions
    srt = api.create(model="whisper-1", file=spoken.path, response_format="srt")
    vtt = api.create(model="whisper-1", file=spoken.path, response_format="vtt")
    assert re.match(r"1\n00:00:\d\d,\d{3} --> 00:00:\d\d,\d{3}\n\S", srt)
    assert re.match(r"WEBVTT\n\n00:00:\d\d\.\d{3} --> 00:00:\d\d\.\d{3}\n\S", vtt)
    end = max(float(m) for m in re.findall(r"--> 00:00:(\d\d\.\d{3})", vtt))
    assert end <= spoken.duration + 0.001


def test_verbose_json_has_segments_and_words(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    result = client(server).audio.transcriptions.create(
        model="whisper-1",
        file=spoken.path,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert result.language == "english"
    assert abs(result.duration - spoken.duration) < 0.01
    assert result.segments
    assert result.words
    assert "".join(s.text for s in result.segments).strip() == result.text
    assert [w.word for w in result.words] == spoken.text.split()
    starts = [w.start for w in result.words]
    assert starts == sorted(starts)
    assert all(0 <= w.start <= w.end <= spoken.duration for w in result.words)


def test_words_alone_leave_segments_out(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    result = client(server).audio.transcriptions.create(
        model="whisper-1", file=spoken.path, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert result.words
    assert result.segments is None


def test_stream_deltas_add_up_to_the_final_text(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    events = list(client(server).audio.transcriptions.create(model="whisper-1", file=spoken.path, stream=True))
    assert [e.type for e in events[:-1]] == ["transcript.text.delta"] * (len(events) - 1)
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == spoken.text
    assert "".join(e.delta for e in events[:-1] if e.type == "transcript.text.delta") == spoken.text


@pytest.mark.parametrize("fmt", ["srt", "vtt", "verbose_json"])
def test_format_that_has_no_events_is_sent_whole(whisper_server: Server, digits: Spoken, fmt: str) -> None:
    url, files = f"{whisper_server.v1}/audio/transcriptions", {"file": digits.path.read_bytes()}
    whole, streamed = (
        httpx.post(url, data={"model": "whisper-1", "response_format": fmt, "stream": stream}, files=files, timeout=60)
        for stream in ("false", "true")
    )
    assert (streamed.status_code, streamed.text) == (200, whole.text)
    assert streamed.headers["content-type"] == whole.headers["content-type"]


def test_logprobs_spell_the_text(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    result = client(server).audio.transcriptions.create(model="whisper-1", file=spoken.path, include=["logprobs"])
    assert result.logprobs
    assert b"".join(bytes(int(b) for b in e.bytes or []) for e in result.logprobs).decode() == spoken.text
    assert all(e.logprob is not None and e.logprob <= 0 for e in result.logprobs)


def test_translation_answers_in_english(case: tuple[Server, Spoken]) -> None:
    server, spoken = case
    api = client(server).audio.translations
    assert api.create(model="whisper-1", file=spoken.path).text
    verbose = api.create(model="whisper-1", file=spoken.path, response_format="verbose_json")
    assert verbose.language == "english"
    assert verbose.segments


def test_models_are_listed_and_found_again(case: tuple[Server, Spoken]) -> None:
    server, _ = case
    api = client(server).models
    ids = [m.id for m in api.list()]
    assert "whisper-1" in ids
    assert not any("/tmp" in i for i in ids), "a model's id tells a path of the machine"
    for name in ids:
        assert api.retrieve(name).id == name
    with pytest.raises(openai.NotFoundError):
        api.retrieve("no-such/model")


@pytest.mark.parametrize("fields", ["bracketed", "bare", "json"])
def test_arrays_arrive_in_every_spelling(whisper_server: Server, digits: Spoken, fields: str) -> None:
    forms: dict[str, dict[str, str | list[str]]] = {
        "bracketed": {"timestamp_granularities[]": ["word", "segment"]},
        "bare": {"timestamp_granularities": ["word", "segment"]},
        "json": {"timestamp_granularities": '["word", "segment"]'},
    }
    response = httpx.post(
        f"{whisper_server.v1}/audio/transcriptions",
        data={"model": "whisper-1", "response_format": "verbose_json", **forms[fields]},
        files={"file": digits.path.read_bytes()},
        timeout=60,
    )
    assert response.status_code == 200, response.text
    assert {"words", "segments"} <= response.json().keys()


def test_german_is_detected_and_can_be_translated(whisper_server: Server, german: Spoken) -> None:
    api = client(whisper_server).audio
    heard = api.transcriptions.create(model="whisper-1", file=german.path, response_format="verbose_json")
    assert (heard.language, heard.text) == ("german", german.text)
    assert api.translations.create(model="whisper-1", file=german.path).text


def test_verbose_route_tells_everything(whisper_server: Server, german: Spoken) -> None:
    body = httpx.post(
        f"{whisper_server.v1}/audio/transcriptions/verbose",
        data={"model": "whisper-1"},
        files={"file": german.path.read_bytes()},
        timeout=60,
    ).json()
    assert body["text"] == german.text
    assert body["engine"] == "faster-whisper"
    assert body["language_code"] == "de"
    assert body["device"] == "cpu"
    assert body["inference_seconds"] > 0
    assert body["segments"][0]["tokens"]
    assert body["words"]


@pytest.mark.parametrize("name", ["upload", "x.mp3", "aufnähme 录音.wav", "list.m3u8"])
def test_the_file_name_does_not_matter(whisper_server: Server, digits: Spoken, name: str) -> None:
    data = digits.path.read_bytes()
    result = client(whisper_server).audio.transcriptions.create(model="whisper-1", file=(name, data, "audio/mpeg"))
    assert result.text == digits.text
    assert client(whisper_server).audio.transcriptions.create(model="whisper-1", file=io.BytesIO(data)).text


BAD = [
    ("model", {"model": "no-such-model"}, openai.NotFoundError, "model_not_found"),
    ("response_format", {"response_format": "yaml"}, openai.BadRequestError, None),
    ("known_speaker_names", {"known_speaker_names": ["agent"]}, openai.BadRequestError, None),
    ("temperature", {"temperature": 7}, openai.BadRequestError, None),
    ("language", {"language": "klingon"}, openai.BadRequestError, None),
    ("timestamp_granularities", {"timestamp_granularities": ["phoneme"]}, openai.BadRequestError, None),
    ("include", {"include": ["everything"]}, openai.BadRequestError, None),
    ("chunking_strategy", {"chunking_strategy": {"type": "server_vad", "threshold": 7}}, openai.BadRequestError, None),
]


@pytest.mark.parametrize(("param", "fields", "error", "code"), BAD, ids=[f"{b[0]}-{i}" for i, b in enumerate(BAD)])
def test_a_bad_field_is_named(
    whisper_server: Server,
    digits: Spoken,
    param: str,
    fields: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str | None,
) -> None:
    asked: dict[str, Any] = {"model": "whisper-1", "file": digits.path} | fields
    with pytest.raises(error) as caught:
        client(whisper_server).audio.transcriptions.create(**asked)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.request_id


def test_no_audio_is_400_before_any_work(whisper_server: Server, tmp_path: Path) -> None:
    for data in (b"", b"not audio at all" * 50, b"#EXTM3U\nhttp://127.0.0.1:1/x.ts\n"):
        with pytest.raises(openai.BadRequestError) as caught:
            client(whisper_server).audio.transcriptions.create(model="whisper-1", file=("a.wav", data))
        assert caught.value.code == "invalid_audio"


async def test_async_client_streams_beside_other_requests(whisper_server: Server, digits: Spoken) -> None:
    import asyncio

    async with openai.AsyncOpenAI(base_url=whisper_server.v1, api_key="x", max_retries=0) as api:
        data = digits.path.read_bytes()
        plain = [api.audio.transcriptions.create(model="whisper-1", file=("a", data)) for _ in range(4)]
        stream = await api.audio.transcriptions.create(model="whisper-1", file=("a", data), stream=True)
        events = [event async for event in stream]
        assert events[-1].type == "transcript.text.done"
        assert {r.text for r in await asyncio.gather(*plain)} == {digits.text}
