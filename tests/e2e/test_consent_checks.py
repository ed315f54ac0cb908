"""Consents that are none: a phrase that was not said, another person's voice, and speech of this very server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import HELLO
from tests.e2e.speech import say
from tests.live_server import ESPEAK, Server, serve_tts

RealModel = Callable[[str], Path]
PHRASE = "I am the owner of this voice and I consent to the use of this voice to create a synthetic voice model."


def give(server: Server, recording: bytes) -> dict[str, Any]:
    form = {"name": "Anna", "language": "en-US"}
    answer = httpx.post(
        f"{server.v1}/audio/voice_consents", data=form, files={"recording": ("c.wav", recording)}, timeout=120
    )
    return dict(answer.raise_for_status().json())


def make(server: Server, consent: dict[str, Any], sample: bytes) -> httpx.Response:
    form = {"name": "Anna", "consent": consent["id"]}
    return httpx.post(f"{server.v1}/audio/voices", data=form, files={"audio_sample": ("s.wav", sample)}, timeout=120)


def test_speech_of_this_server_is_no_consent(espeak_server: Server) -> None:
    spoken = say(espeak_server, PHRASE, response_format="wav").content
    consent = give(espeak_server, spoken)
    assert consent["verification"]["synthetic"]["status"] == "failed"
    answer = make(espeak_server, consent, HELLO.read_bytes())
    assert answer.status_code == 403
    assert "synthetic" in answer.json()["error"]["message"]


def test_speech_of_this_server_is_no_sample(espeak_server: Server) -> None:
    consent = give(espeak_server, HELLO.read_bytes())
    assert consent["verification"]["synthetic"]["status"] == "verified"
    answer = make(espeak_server, consent, say(espeak_server, PHRASE, response_format="mp3").content)
    assert answer.status_code == 403
    assert "synthetic" in answer.json()["error"]["message"]


def test_a_phrase_that_was_not_said_is_no_consent() -> None:
    with serve_tts({**ESPEAK, "TTS_ASR": "embedded", "ASR_ENGINE": "moonshine"}) as server:
        consent = give(server, HELLO.read_bytes())
        phrase = consent["verification"]["phrase"]
        assert phrase["status"] == "failed"
        assert "walking" in phrase["reason"]
        assert make(server, consent, HELLO.read_bytes()).status_code == 403


def test_another_person_cannot_consent(real_model: RealModel, corpus: Path) -> None:
    people = corpus / "asr" / "librispeech_test-other"
    one, other = (sorted((people / name).glob("*.flac"))[1:4] for name in ("1998", "2033"))
    with serve_tts({**ESPEAK, "SPEAKER_MODEL": str(real_model("campplus") / "campplus.onnx")}) as server:
        consent = give(server, one[0].read_bytes())
        refused = make(server, consent, other[0].read_bytes())
        assert refused.status_code == 403
        assert "somebody else" in refused.json()["error"]["message"]
        made = make(server, consent, one[1].read_bytes())
        assert made.status_code == 200, made.text
        assert made.json()["verification"]["speaker"]["status"] == "verified"
