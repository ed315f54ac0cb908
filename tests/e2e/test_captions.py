"""Captions and dialogues of real services, with the official SDK: OpenAI's own fields are untouched by ours."""

import email.policy
import json
from email.parser import BytesParser
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import client
from tests.live_server import Server

TEXT = "Hello there. How are you?"


def parts(content: bytes, content_type: str) -> list[tuple[str, str, bytes]]:
    """Type, file name and content of each part."""
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode() + content
    )
    return [(p.get_content_type(), p.get_filename() or "", content_of(p)) for p in message.iter_parts()]


def content_of(part: Any) -> bytes:
    return bytes(part.get_payload(decode=True))


def test_the_answer_is_sound_and_times(espeak_server: Server) -> None:
    answer = client(espeak_server).audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format="wav", extra_body={"timestamps": "sentence"}
    )
    (kind, name, sound), (kind_2, name_2, told) = parts(answer.content, answer.headers["content-type"])
    assert (kind, name, kind_2, name_2) == ("audio/wav", "speech.wav", "application/json", "speech.json")
    assert sound.startswith(b"RIFF")
    body = json.loads(told)
    assert [sentence["text"] for sentence in body["sentences"]] == ["Hello there.", "How are you?"]
    assert body["sentences"][0]["end"] < body["sentences"][1]["start"] < body["sentences"][1]["end"] <= body["duration"]
    assert body["duration"] == pytest.approx((len(sound) - 44) / 2 / 22_050, abs=0.01)


def test_espeak_tells_words_by_itself(espeak_server: Server) -> None:
    answer = client(espeak_server).audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input="It cost $5. Really!", extra_body={"timestamps": "word"}
    )
    body = json.loads(parts(answer.content, answer.headers["content-type"])[1][2])
    assert body["words_by"] == "engine"
    assert [[word["word"] for word in one["words"]] for one in body["sentences"]] == [
        ["It", "cost", "$5."],
        ["Really!"],
    ]
    assert 0 < body["sentences"][0]["words"][2]["start"] < body["sentences"][1]["words"][0]["start"] < body["duration"]


@pytest.mark.parametrize(("fmt", "kind"), [("srt", "application/x-subrip"), ("vtt", "text/vtt")])
def test_the_times_come_as_subtitles(espeak_server: Server, fmt: str, kind: str) -> None:
    answer = client(espeak_server).audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=TEXT, extra_body={"timestamps": "sentence", "timestamps_format": fmt}
    )
    found = parts(answer.content, answer.headers["content-type"])
    assert found[1][0] == kind
    assert found[1][2].decode().count(" --> ") == 2


def test_a_stream_tells_the_times_before_its_end(espeak_server: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": TEXT, "stream_format": "sse", "timestamps": "sentence"}
    answer = httpx.post(f"{espeak_server.v1}/audio/speech", json=body, timeout=60)
    events: list[Any] = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert [event["type"] for event in events[-2:]] == ["speech.audio.timestamps", "speech.audio.done"]
    assert not {"audio", "delta"} & events[-2].keys(), "clients would take it for sound"
    assert len(events[-2]["sentences"]) == 2


def test_a_job_keeps_both_parts(espeak_server: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": TEXT, "timestamps": "sentence"}
    job = httpx.post(
        f"{espeak_server.v1}/audio/speech", json=body, headers={"prefer": "respond-async, wait=30"}, timeout=60
    )
    if job.status_code == 202:
        job = httpx.get(f"{espeak_server.v1}/jobs/{job.json()['id']}/result", timeout=60)
    assert [part[0] for part in parts(job.content, job.headers["content-type"])] == ["audio/mpeg", "application/json"]


@pytest.mark.parametrize(
    "fields",
    [
        {"input": "[alloy]: Hello.\n[onyx]: Hi!", "extra_body": {"dialogue": True}},
        {
            "input": "-",
            "extra_body": {
                "dialogue": [{"voice": "alloy", "text": "Hello."}, {"voice": {"id": "onyx"}, "text": "Hi!"}]
            },
        },
        {"input": "Hello. [voice:onyx] Hi!"},
    ],
)
def test_voices_speak_in_turn(espeak_server: Server, fields: dict[str, Any]) -> None:
    body = {**fields, "extra_body": {**fields.get("extra_body", {}), "timestamps": "sentence"}}
    answer = client(espeak_server).audio.speech.with_raw_response.create(model="tts-1", voice="alloy", **body)
    told = json.loads(parts(answer.content, answer.headers["content-type"])[1][2])
    voices = [sentence["voice"] for sentence in told["sentences"]]
    assert len(set(voices)) == 2
    assert answer.headers["x-voice-stack-voice"] == ", ".join(voices)


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"input": "[alloy]: Hello.\n[nobody]: Hi!", "dialogue": True}, 404, "Line 2: There is no voice 'nobody'"),
        ({"input": "Hello.", "dialogue": True}, 400, r"[alloy]: Hello."),
        ({"dialogue": [{"text": "Hi."}, {"text": " "}]}, 400, "Line 2: it says nothing"),
        ({"dialogue": [{"text": "Hi. " * 2000}]}, 400, "TTS_MAX_INPUT_CHARS"),
        ({"dialogue": []}, 400, "dialogue"),
        ({"input": "Hi. [voice:nobody] Ho."}, 404, "nobody"),
        ({"input": "Hi.", "timestamps": "letter"}, 400, "timestamps"),
        ({"input": "Hi.", "dialogue_gap": 11}, 400, "dialogue_gap"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    espeak_server: Server, fields: dict[str, Any], status: int, message: str
) -> None:
    answer = httpx.post(
        f"{espeak_server.v1}/audio/speech", json={"model": "tts-1", "voice": "alloy", **fields}, timeout=60
    )
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


def test_the_sdk_gets_the_error_of_a_line(espeak_server: Server) -> None:
    with pytest.raises(openai.NotFoundError, match="Line 1"):
        client(espeak_server).audio.speech.create(
            model="tts-1", voice="alloy", input="[nobody]: Hello.", extra_body={"dialogue": True}
        )


def test_instructions_that_nobody_follows_are_told(espeak_server: Server) -> None:
    api = client(espeak_server).audio.speech.with_raw_response
    told = api.create(model="tts-1", voice="alloy", input="Hello.", instructions="Whisper.")
    assert told.headers["x-voice-stack-ignored"] == "instructions"
    assert "x-voice-stack-ignored" not in api.create(model="tts-1", voice="alloy", input="Hello.").headers
