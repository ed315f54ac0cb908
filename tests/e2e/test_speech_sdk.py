"""The official Python SDK against real speech services: every format, both streams, every error."""

import base64
import json
import wave
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai import Stream

from tests.e2e.conftest import client
from tests.e2e.speech import FORMATS, SENTENCE, TWENTY, hear, say
from tests.live_server import Server

ASK: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": SENTENCE}
VOICES = [
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
]


@pytest.mark.parametrize("audio_format", FORMATS)
def test_every_format_is_speech_of_the_same_length(espeak_server: Server, audio_format: Any) -> None:
    speech = client(espeak_server).audio.speech
    heard = hear(speech.create(**ASK, response_format=audio_format).read(), audio_format)
    plain = hear(speech.create(**ASK, response_format="pcm").read(), "pcm")
    assert heard.duration == pytest.approx(plain.duration, abs=0.15)
    assert heard.level == pytest.approx(plain.level, rel=0.15)
    assert 1.5 < plain.duration < 6


def test_mp3_is_the_default_and_the_answer_names_its_engine(espeak_server: Server) -> None:
    raw = client(espeak_server).audio.speech.with_raw_response.create(**ASK)
    assert raw.headers["content-type"] == "audio/mpeg"
    assert raw.headers["x-voice-stack-engine"] == "espeak"
    assert raw.headers["x-voice-stack-language"] == "en"
    assert raw.headers["x-request-id"]
    hear(raw.parse().read(), "mp3")


@pytest.mark.parametrize("audio_format", FORMATS)
def test_streamed_events_are_one_valid_file(espeak_server: Server, audio_format: str) -> None:
    events = list(
        client(espeak_server).post(
            "/audio/speech",
            cast_to=object,
            stream=True,
            stream_cls=Stream[object],
            body={**ASK, "input": TWENTY, "response_format": audio_format, "stream_format": "sse"},
        )
    )
    *deltas, done = [json.loads(json.dumps(event)) for event in events]
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert len(deltas) > 5
    data = b"".join(base64.b64decode(delta["audio"], validate=True) for delta in deltas)
    whole = hear(say(espeak_server, TWENTY, response_format=audio_format).content, audio_format)
    assert hear(data, audio_format).duration == pytest.approx(whole.duration, abs=0.5)
    assert done["type"] == "speech.audio.done"
    usage = done["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    assert "type" not in usage


def test_first_bytes_arrive_before_the_speech_is_made(tone_server: Server) -> None:
    """More text than the codec makes in the time: the service is at work when the first bytes are here."""
    long = (SENTENCE + " ") * 80
    with client(tone_server).audio.speech.with_streaming_response.create(**ASK | {"input": long}) as response:
        pieces = response.iter_bytes(256)
        first = next(pieces)
        running = httpx.get(f"{tone_server.url}/health").json()["running"]
        rest = b"".join(pieces)
    assert running == 1
    assert hear(first + rest, "mp3").duration > 100


def test_short_wav_has_its_true_sizes(espeak_server: Server, tmp_path: Path) -> None:
    path = tmp_path / "hello.wav"
    client(espeak_server).audio.speech.create(**ASK, response_format="wav").write_to_file(path)
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 1
        assert file.getsampwidth() == 2
        assert file.getnframes() / file.getframerate() == pytest.approx(
            hear(path.read_bytes(), "wav").duration, abs=0.01
        )


def test_speed_changes_the_length_and_not_the_level(espeak_server: Server) -> None:
    heard = {speed: hear(say(espeak_server, speed=speed).content, "mp3") for speed in (0.25, 0.5, 1.0, 2.0, 4.0)}
    natural = heard[1.0].duration
    for speed, speech in heard.items():
        assert speech.duration == pytest.approx(natural / speed, rel=0.25, abs=0.1)
        assert speech.level == pytest.approx(heard[1.0].level, rel=0.35)


@pytest.mark.parametrize("voice", VOICES)
def test_every_name_of_openai_speaks(espeak_server: Server, voice: str) -> None:
    speech = client(espeak_server).audio.speech
    assert hear(speech.create(**ASK | {"voice": voice, "input": "Hi there."}).read(), "mp3").level > 0.01
    assert speech.create(**ASK | {"voice": {"id": voice}, "input": "Hi there."}).read()


def test_voices_differ(espeak_server: Server) -> None:
    low, high = (say(espeak_server, voice=voice, response_format="pcm").content for voice in ("onyx", "nova"))
    assert low != high


def test_language_is_told_from_the_text_or_taken_from_the_request(espeak_server: Server) -> None:
    german = "Guten Morgen, meine Damen und Herren. Das Wetter ist heute sehr schön."
    assert say(espeak_server, german).headers["x-voice-stack-language"] == "de"
    assert say(espeak_server, german, language="en").headers["x-voice-stack-language"] == "en"
    assert say(espeak_server, german, lang_code="french").headers["x-voice-stack-language"] == "fr"
    assert say(espeak_server, "42").headers["x-voice-stack-language"] == "en"


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"input": ""}, "input", None),
        ({"input": " \n"}, "input", None),
        ({"input": None}, "input", None),
        ({"input": "a " * 2049}, "input", "string_above_max_length"),
        ({"voice": None}, "voice", None),
        ({"voice": {"id": "alloy", "more": 1}}, "voice", None),
        ({"model": ""}, "model", None),
        ({"response_format": "midi"}, "response_format", None),
        ({"stream_format": "ws"}, "stream_format", None),
        ({"speed": 4.5}, "speed", None),
        ({"speed": 0.1}, "speed", None),
        ({"speed": "fast"}, "speed", None),
        ({"instructions": "x" * 4097}, "instructions", None),
        ({"input": "half a character: \ud83d"}, "input", None),
        ({"language": "klingon"}, "language", None),
        ({"input": "<speak>Hello <break time='soon'/></speak>"}, "input", None),
        ({"input": "<speak>Hello"}, "input", None),
        ({"input": "Wait [pause:100s] for it."}, "input", None),
    ],
)
def test_bad_field_is_a_400_that_names_it(
    espeak_server: Server, fields: dict[str, Any], param: str, code: str | None
) -> None:
    body = json.dumps(ASK | fields)
    answer = httpx.post(f"{espeak_server.v1}/audio/speech", content=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"], error["code"]) == (
        400,
        "invalid_request_error",
        param,
        code,
    )


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"voice": "no-such-voice"}, "voice_not_found"),
        ({"voice": {"id": "voice_none"}}, "voice_not_found"),
        ({"voice": "../../etc/passwd"}, "voice_not_found"),
        ({"voice": "x" * 5000}, "voice_not_found"),
        ({"model": "gpt-5"}, "model_not_found"),
    ],
)
def test_unknown_voice_or_model_is_a_404_before_any_byte(
    espeak_server: Server, fields: dict[str, Any], code: str, stream_format: str
) -> None:
    answer = say(espeak_server, **fields, stream_format=stream_format)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


@pytest.mark.parametrize(
    "text", ["...", "—", "[pause:1s]", "<speak><break time='1s'/></speak>", "**", "\x00\x01", "\u200b\u200d"]
)
def test_text_without_a_word_is_a_moment_of_silence(espeak_server: Server, text: str) -> None:
    body = json.dumps({**ASK, "input": text, "response_format": "wav"})
    answer = httpx.post(f"{espeak_server.v1}/audio/speech", content=body)
    assert answer.status_code == 200, answer.text
    heard = hear(answer.content, "wav")
    assert 0.05 < heard.duration < 1.5
    assert heard.level < 0.02


def test_marks_and_ssml_pause_exactly(tone_server: Server) -> None:
    def length(text: str) -> float:
        return hear(say(tone_server, text, response_format="pcm").content, "pcm").duration

    plain = length("Hello there. Good day.")
    assert length("Hello there. [pause:2s] Good day.") - plain == pytest.approx(2.0 - 0.25, abs=0.3)
    ssml = "<speak>Hello there. <break time='2s'/> Good day.</speak>"
    assert length(ssml) == pytest.approx(length("Hello there. [pause:2s] Good day."), abs=0.02)


def test_preview_shows_what_would_be_said(espeak_server: Server) -> None:
    answer = httpx.post(
        f"{espeak_server.v1}/audio/speech/normalize", json={"input": "Dr. Smith paid $5 on 3 May. **Great!**"}
    )
    body = answer.json()
    assert body["language"] == "en"
    assert "five dollars" in body["text"]
    assert "*" not in body["text"]
    assert "".join(unit["text"] for unit in body["units"]).count("five dollars") == 1


def test_models_and_voices_are_listed(espeak_server: Server) -> None:
    api = client(espeak_server)
    ids = [model.id for model in api.models.list()]
    assert ids[0] == "espeak-ng"
    assert {"tts-1", "tts-1-hd", "gpt-4o-mini-tts"} <= set(ids)
    assert api.models.retrieve("tts-1").id == "tts-1"
    with pytest.raises(openai.NotFoundError):
        api.models.retrieve("gpt-5")
    listed = httpx.get(f"{espeak_server.v1}/audio/voices").json()
    assert {"id", "name", "language", "engine"} <= set(listed["voices"][0])
    assert listed["data"] == listed["voices"]
    by_id = {voice["id"]: voice for voice in listed["voices"]}
    assert set(VOICES) <= by_id.keys()
    assert by_id["de"]["language"] == "de"
    names = httpx.get(f"{espeak_server.v1}/voices").json()["voices"]
    assert set(VOICES) <= set(names)
    assert httpx.get(f"{espeak_server.v1}/audio/models").json()["models"][0]["id"] == "espeak-ng"
