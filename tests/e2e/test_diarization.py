"""Speakers over the wire: a real server, the networks that come with the install, OpenAI's SDK."""

import base64
import io
import time
import wave
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from tests.live_server import MOONSHINE, Server, serve_asr
from tests.two_voices import said, two_voices
from voice_stack.audio.clip import AudioClip
from voice_stack.speaker.diarization.rttm import from_rttm

# One after the other, what the fixture's two voices make.
TURNS = ["A", "B", "A"]


def wav(clip: AudioClip) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, clip.sample_rate, 0, "NONE", ""))
        file.writeframes(np.rint(np.clip(clip.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def data_url(clip: AudioClip) -> str:
    return "data:audio/wav;base64," + base64.b64encode(wav(clip)).decode()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_asr(MOONSHINE) as running:
        yield running


@pytest.fixture(scope="module")
def talk() -> bytes:
    return wav(two_voices())


@pytest.fixture(scope="module")
def client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.v1, api_key="x", max_retries=0)


def post(
    server: Server, path: str, talk: bytes, part: str = "file", granularities: Sequence[str] = (), **fields: Any
) -> httpx.Response:
    data = {**fields, "timestamp_granularities[]": list(granularities)}
    return httpx.post(f"{server.v1}{path}", files={part: ("a.wav", talk)}, data=data, timeout=120)


def in_turn(speakers: list[str]) -> list[str]:
    """Speakers as they change."""
    return [who for at, who in enumerate(speakers) if not at or who != speakers[at - 1]]


def test_the_sdk_reads_diarized_json(client: openai.OpenAI, talk: bytes) -> None:
    found: Any = client.audio.transcriptions.create(
        model="gpt-4o-transcribe-diarize",
        file=("a.wav", talk),
        response_format="diarized_json",
        chunking_strategy="auto",
        extra_body={
            "known_speaker_names": ["Ann", "Bo"],
            "known_speaker_references": [data_url(said()[2]), data_url(said()[1])],
        },
    )
    assert found.task == "transcribe"
    assert in_turn([segment.speaker for segment in found.segments]) == ["Ann", "Bo", "Ann"]
    assert [segment.id for segment in found.segments][:2] == ["seg_001", "seg_002"]
    assert all(0 <= segment.start <= segment.end <= two_voices().duration + 0.1 for segment in found.segments)
    assert [line.partition(":")[0] for line in found.text.splitlines()] == ["Ann", "Bo", "Ann"]


def test_the_sdk_streams_segments_with_speakers(client: openai.OpenAI, talk: bytes) -> None:
    events: list[Any] = list(
        client.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", talk), response_format="diarized_json", stream=True
        )
    )
    segments = [event for event in events if event.type == "transcript.text.segment"]
    deltas = [event for event in events if event.type == "transcript.text.delta"]
    assert in_turn([segment.speaker for segment in segments]) == TURNS
    assert [delta.segment_id for delta in deltas] == [segment.id for segment in segments]
    assert "".join(delta.delta for delta in deltas) == events[-1].text


def test_subtitles_and_verbose_json_say_who_speaks(server: Server, talk: bytes) -> None:
    fields = {"model": "whisper-1", "diarize": "true"}
    vtt = post(server, "/audio/transcriptions", talk, response_format="vtt", num_speakers="2", **fields).text
    assert vtt.index("<v A>") < vtt.index("<v B>")
    body = post(
        server,
        "/audio/transcriptions",
        talk,
        response_format="verbose_json",
        granularities=["word", "segment"],
        **fields,
    ).json()
    assert in_turn([segment["speaker"] for segment in body["segments"]]) == TURNS
    assert in_turn([word["speaker"] for word in body["words"]]) == TURNS


def test_turns_that_the_client_knows_are_taken(server: Server, talk: bytes) -> None:
    half = two_voices().duration / 2
    rttm = f"SPEAKER r 1 0 {half:.3f} <NA> <NA> Ann <NA> <NA>\nSPEAKER r 1 {half:.3f} 60 <NA> <NA> Bo <NA> <NA>\n"
    fields = {"model": "whisper-1", "response_format": "srt"}
    srt = post(server, "/audio/transcriptions", talk, rttm=rttm, **fields).text
    assert srt.index("Ann: ") < srt.index("Bo: ")
    refused = post(server, "/audio/transcriptions", talk, rttm=rttm + "SPEAKER r", **fields)
    assert refused.status_code == 400
    assert "Line 3" in refused.json()["error"]["message"]


def test_enrolled_people_are_called_by_their_names(server: Server, talk: bytes) -> None:
    agreed = {"name": "Cleo", "consent_by": "Cleo", "consent_statement": "You may know my voice."}
    clip = AudioClip(np.concatenate([said()[0].samples, said()[2].samples]), said()[0].sample_rate)
    enrolled = httpx.post(f"{server.v1}/speakers", files={"file": ("a.wav", wav(clip))}, data=agreed, timeout=60)
    assert enrolled.status_code in (200, 201), enrolled.text
    try:
        body = post(server, "/audio/transcriptions", talk, model="whisper-1", response_format="diarized_json").json()
        assert in_turn([segment["speaker"] for segment in body["segments"]]) == ["Cleo", "B", "Cleo"]
    finally:
        httpx.delete(f"{server.v1}/speakers/{enrolled.json()['id']}").raise_for_status()


def test_a_diarization_comes_as_json_and_as_rttm(server: Server, talk: bytes) -> None:
    body = post(server, "/audio/diarization", talk, return_speaker_embeddings="true").json()
    assert [turn["speaker"] for turn in body["segments"]] == TURNS
    assert body["speakers"] == ["A", "B"] == list(body["speaker_embeddings"])
    assert all(0.5 < turn["confidence"] <= 1 for turn in body["segments"])
    answer = post(server, "/audio/diarization", talk, response_format="rttm", recording="a talk")
    assert answer.headers["content-type"].startswith("text/plain")
    assert [turn.speaker for turn in from_rttm(answer.text, "a_talk")] == TURNS


def test_a_job_diarizes_too(server: Server, talk: bytes) -> None:
    accepted = httpx.post(
        f"{server.v1}/audio/diarization?async=true", files={"file": talk}, data={"max_speakers": "2"}, timeout=60
    )
    assert accepted.status_code == 202, accepted.text
    url = f"{server.url}{accepted.headers['location']}" if "location" in accepted.headers else ""
    url = url or f"{server.v1}/jobs/{accepted.json()['id']}"
    deadline = time.monotonic() + 120
    while (job := httpx.get(url).json())["status"] not in ("completed", "failed") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert job["status"] == "completed", job
    result = httpx.get(f"{url}/result").json()
    assert [turn["speaker"] for turn in result["segments"]] == TURNS


@pytest.mark.parametrize(
    ("clip", "code", "said_so"),
    [
        (lambda: AudioClip(said()[0].samples[:8000], 16_000), "too_little_speech", "0.5 seconds"),
        (lambda: AudioClip(np.zeros(48_000, np.float32), 16_000), "too_little_speech", "silent"),
        (two_voices, "several_speakers", "More than one person"),
    ],
    ids=["short", "silent", "two"],
)
def test_a_bad_reference_is_told_by_its_name(server: Server, talk: bytes, clip: Any, code: str, said_so: str) -> None:
    fields: dict[str, Any] = {"known_speaker_names[]": ["Ann"], "known_speaker_references[]": [data_url(clip())]}
    for path, more in (
        ("/audio/diarization", {}),
        ("/audio/transcriptions", {"model": "whisper-1", "response_format": "diarized_json", "stream": "true"}),
    ):
        refused = post(server, path, talk, **fields, **more)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"], error["param"]) == (400, code, "known_speaker_references")
        assert "'Ann'" in error["message"]
        assert said_so in error["message"]


def test_the_other_protocol_says_who_speaks(server: Server, talk: bytes) -> None:
    path = "/bazarr/asr?output=json&enable_diarization=true&max_speakers=2&return_speaker_embeddings=true"
    body = post(server, path, talk, "audio_file").json()
    assert in_turn([segment["speaker"] for segment in body["segments"]]) == TURNS
    assert set(body["speaker_embeddings"]) == {"A", "B"}


def test_speech_is_found_in_milliseconds(server: Server, talk: bytes) -> None:
    spans = post(server, "/audio/speech/timestamps", talk, min_silence_duration_ms="200").json()
    assert len(spans) == len(TURNS)
    assert all(0 <= span["start"] < span["end"] <= 1000 * two_voices().duration for span in spans)
    refused = post(server, "/audio/speech/timestamps", talk, threshold="2")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "threshold")
