"""Marks of synthetic speech, from the answer to the check, through real services and the official SDK."""

import base64
import importlib.util
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import HELLO, client
from tests.e2e.speech import FORMATS, SENTENCE, TWENTY, say
from tests.live_server import ESPEAK, Server, serve_tts
from voice_stack.tts.provenance import perth

WITH_ROOM = ("mp3", "opus", "flac", "wav")
HEADER = "x-voice-stack-provenance"
FIVE = f"{SENTENCE} " * 5
TWO = f"{SENTENCE} And here is one more, so that there are two."
HAS_C2PA = importlib.util.find_spec("c2pa") is not None
HAS_PERTH = perth.missing_package() is None


def check(server: Server, data: bytes) -> dict[str, Any]:
    """Results of the route, by type."""
    answer = httpx.post(f"{server.v1}/content_provenance_checks", files={"file": ("a", data)}, timeout=120)
    body = answer.raise_for_status().json()
    assert body["object"] == "content_provenance_check"
    return {result["type"]: result for result in body["results"]}


@pytest.mark.parametrize("text", [SENTENCE, TWENTY])
@pytest.mark.parametrize("audio_format", WITH_ROOM)
def test_every_file_with_room_says_that_it_is_synthetic(espeak_server: Server, audio_format: str, text: str) -> None:
    answer = say(espeak_server, text, response_format=audio_format)
    assert answer.headers[HEADER] == "metadata"
    assert b"algorithmicMedia" in answer.content[:1000]
    assert SENTENCE.encode() not in answer.content
    result = check(espeak_server, answer.content)["metadata"]
    assert (result["outcome"], result["model"]) == ("detected", "espeak-ng")
    assert result["generated_at"].endswith("T00:00:00Z")


@pytest.mark.parametrize("audio_format", ["aac", "pcm"])
def test_what_has_no_room_carries_nothing_and_does_not_claim_to(espeak_server: Server, audio_format: str) -> None:
    answer = say(espeak_server, response_format=audio_format)
    assert HEADER not in answer.headers
    assert answer.content[:3] != b"ID3"


@pytest.mark.parametrize("audio_format", WITH_ROOM)
def test_events_joined_are_marked_too(tone_server: Server, audio_format: str) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": FIVE, "response_format": audio_format}
    answer = httpx.post(f"{tone_server.v1}/audio/speech", json=body | {"stream_format": "sse"}, timeout=60)
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    data = b"".join(base64.b64decode(event["audio"]) for event in events if "audio" in event)
    assert check(tone_server, data)["metadata"]["outcome"] == "detected"
    assert data == say(tone_server, FIVE, response_format=audio_format).content


def test_a_person_is_not_taken_for_a_machine(espeak_server: Server) -> None:
    results = check(espeak_server, HELLO.read_bytes())
    assert {result["outcome"] for result in results.values()} == {"not_detected"}
    assert set(results) == {"metadata", *(["watermark"] if HAS_PERTH else []), *(["c2pa"] if HAS_C2PA else [])}


def test_the_sdk_asks_and_reads_it(espeak_server: Server) -> None:
    data = say(espeak_server, response_format="mp3").content
    checked = client(espeak_server).content_provenance_checks.create(file=("speech.mp3", data))
    assert checked.object == "content_provenance_check"
    assert checked.created_at > 1_700_000_000
    assert ("metadata", "detected") in {(str(result.type), result.outcome) for result in checked.results}


@pytest.mark.parametrize(
    ("files", "param", "code"),
    [
        ({"file": b""}, "file", "invalid_audio"),
        ({"file": b"<html>no sound</html>"}, "file", "invalid_audio"),
        ({"file": b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7fINFO"}, "file", "invalid_audio"),
        ({"sound": b"x"}, "file", None),
    ],
)
def test_what_cannot_be_checked_is_a_400_that_names_the_field(
    espeak_server: Server, files: dict[str, bytes], param: str, code: str | None
) -> None:
    sent = {name: ("a.wav", data) for name, data in files.items()}
    answer = httpx.post(f"{espeak_server.v1}/content_provenance_checks", files=sent)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code)


@pytest.fixture(scope="module")
def marking_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not (HAS_C2PA and HAS_PERTH):
        pytest.skip("the extras `watermark` and `c2pa` are not installed")
    from tests.tts.provenance.certificates import make_chain

    chain, key = make_chain(tmp_path_factory.mktemp("chain"))
    marks = {"TTS_WATERMARK": "perth", "TTS_C2PA_CERT": str(chain), "TTS_C2PA_KEY_FILE": str(key)}
    with serve_tts({**ESPEAK, **marks, "TTS_PROVENANCE_MAX_MB": "1", "TTS_PROVENANCE_MAX_S": "30"}) as server:
        yield server


@pytest.mark.parametrize("audio_format", FORMATS)
def test_a_short_answer_carries_all_that_its_format_can(marking_server: Server, audio_format: str) -> None:
    answer = say(marking_server, response_format=audio_format)
    carried = answer.headers[HEADER].split(", ")
    signed = ["c2pa"] if audio_format in ("wav", "mp3") else []
    assert carried == [*(["metadata"] if audio_format in WITH_ROOM else []), "watermark", *signed]
    if audio_format != "pcm":
        results = check(marking_server, answer.content)
        assert [kind for kind, result in results.items() if result["outcome"] == "detected"] == carried
        assert results["watermark"]["confidence"] > 0.9
        assert results["c2pa"]["validation_state"] == ("valid" if signed else "not_present")


def test_a_stream_is_watermarked_and_says_that_it_is_not_signed(marking_server: Server) -> None:
    answer = say(marking_server, TWO, response_format="wav")
    assert answer.headers[HEADER] == "metadata, watermark"
    results = check(marking_server, answer.content)
    assert results["watermark"]["outcome"] == "detected"
    assert results["c2pa"]["validation_state"] == "not_present"


def test_a_job_is_signed_because_nobody_waits_for_its_first_sound(marking_server: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": TWO, "response_format": "wav"}
    accepted = httpx.post(f"{marking_server.v1}/audio/speech", json=body, headers={"prefer": "respond-async"})
    assert accepted.status_code == 202
    job = f"{marking_server.v1}/jobs/{accepted.json()['id']}"
    while (done := httpx.get(f"{job}/result")).status_code == 409:
        time.sleep(0.1)
    results = check(marking_server, done.raise_for_status().content)
    assert {result["outcome"] for result in results.values()} == {"detected"}


def test_bounds_are_kept(marking_server: Server) -> None:
    url = f"{marking_server.v1}/content_provenance_checks"
    large = httpx.post(url, files={"file": ("a.wav", b"\0" * (2**20 + 1))})
    assert (large.status_code, large.json()["error"]["code"]) == (413, "upload_too_large")
    assert "TTS_PROVENANCE_MAX_MB" in large.json()["error"]["message"]
    long = say(marking_server, (SENTENCE + " ") * 12, response_format="opus").content
    refused = httpx.post(url, files={"file": ("a.ogg", long)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "audio_too_long")
