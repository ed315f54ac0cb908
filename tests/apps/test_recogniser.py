"""The recogniser that speech asks: over HTTP and inside of the process, when it works and when it does not."""

import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.live_server import MOONSHINE, free_port, serve_asr
from tests.serving.fake_upstream import Answer, fake_upstream, reply
from voice_stack.apps.recogniser import KeptRecogniser, build_recogniser
from voice_stack.audio.clip import AudioClip, from_s16le
from voice_stack.core.errors import ServiceUnavailableError, SettingsError, UnsupportedError
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings

HELLO = Path(__file__).parent.parent / "fixtures" / "hello.wav"
SAID = "the man was walking along the road"
TRANSCRIPTIONS, ALIGNMENTS = "/audio/transcriptions", "/audio/alignments"
SOUND = AudioClip(np.zeros(16_000, np.float32), 16_000)


def made(**settings: Any) -> KeptRecogniser:
    recogniser = build_recogniser(load_settings(TtsSettings, **settings))
    assert recogniser is not None
    return recogniser


@pytest.fixture
def connect() -> Iterator[Callable[..., KeptRecogniser]]:
    opened: list[KeptRecogniser] = []

    def connected(url: str, **settings: Any) -> KeptRecogniser:
        opened.append(made(tts_asr="service", tts_asr_url=url, **settings))
        return opened[-1]

    yield connected
    for recogniser in opened:
        recogniser.close()


@pytest.fixture(scope="module")
def hello() -> AudioClip:
    with wave.open(str(HELLO)) as file:
        return AudioClip(from_s16le(file.readframes(file.getnframes())), file.getframerate())


def test_nobody_listens_unless_that_is_asked_for() -> None:
    assert build_recogniser(load_settings(TtsSettings)) is None


def test_a_service_hears_a_recording_and_says_which_engine_did(
    hello: AudioClip, connect: Callable[..., KeptRecogniser]
) -> None:
    with serve_asr(MOONSHINE) as server:
        heard = connect(server.v1).transcribe(hello, "en", words=True)
    assert heard.text.lower().rstrip(".") == SAID
    assert heard.language == "en"
    assert heard.engine.startswith("moonshine/")
    assert [word.text.lower().strip(".") for word in heard.words] == SAID.split()
    assert all(0 <= word.start <= word.end <= hello.duration for word in heard.words)


def test_the_same_inside_of_the_process(hello: AudioClip) -> None:
    recogniser = made(tts_asr="embedded", asr_engine="moonshine")
    try:
        heard = recogniser.transcribe(hello, "en", words=True)
        silent = recogniser.transcribe(SOUND, "en")
    finally:
        recogniser.close()
    assert heard.text.lower().rstrip(".") == SAID
    assert heard.engine.startswith("moonshine/")
    assert [word.text.lower().strip(".") for word in heard.words] == SAID.split()
    assert silent.text == ""


def test_a_language_that_it_does_not_know_is_told_as_such() -> None:
    recogniser = made(tts_asr="embedded", asr_engine="moonshine")
    try:
        with pytest.raises(UnsupportedError):
            recogniser.transcribe(SOUND, "ja")
    finally:
        recogniser.close()


def test_a_mistake_in_the_recognition_settings_stops_the_start_of_who_embeds_it() -> None:
    with pytest.raises(SettingsError, match="ASR_ENGINE"):
        made(tts_asr="embedded", asr_engine="nothing-of-the-kind")
    assert made(tts_asr="service", asr_engine="nothing-of-the-kind")


def test_a_speech_service_that_asks_nobody_knows_nothing_of_recognition() -> None:
    code = (
        "import sys; from voice_stack.apps.tts import create_tts_app as create; create(); "
        "print([name for name in sys.modules if name.startswith('voice_stack.asr')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_plain_server_is_asked_for_plain_answers(connect: Callable[..., KeptRecogniser]) -> None:
    def answer(request: Answer) -> None:
        if b"verbose_json" in request.body:
            refused = {"message": "no such format", "type": "invalid_request_error", "param": "response_format"}
            request.reply({"error": refused}, 400)
        else:
            request.reply({"text": " hallo "})

    with fake_upstream({TRANSCRIPTIONS: answer}) as upstream:
        heard = connect(upstream.url, tts_asr_model="m").transcribe(SOUND, "de", words=True)
    assert (heard.text, heard.language, heard.engine, heard.words) == ("hallo", "de", "service/m", ())


def test_the_key_is_sent_to_the_service(
    connect: Callable[..., KeptRecogniser], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_text("sk-of-the-service\n")
    monkeypatch.setenv("TTS_ASR_API_KEY_FILE", str(key))
    with fake_upstream({TRANSCRIPTIONS: reply({"text": "a", "language": "english"})}) as upstream:
        heard = connect(upstream.url).transcribe(SOUND)
    assert upstream.asked(TRANSCRIPTIONS)[0].headers["authorization"] == "Bearer sk-of-the-service"
    assert heard.language == "en"


@pytest.mark.parametrize(
    "answer",
    [
        reply({"error": {"message": "busy"}}, 429),
        reply({"error": {"message": "broken"}}, 500),
        reply({"error": {"message": "who are you"}}, 401),
        reply({"error": {"message": "no such model", "param": "model"}}, 404),
        reply({"words": []}),
        reply(b"<html>", type="text/html"),
        Answer.hang,
        Answer.break_off,
    ],
    ids=["busy", "broken", "locked", "no-model", "no-text", "no-json", "silent", "cut"],
)
def test_a_service_that_cannot_listen_is_unavailable(
    answer: Callable[[Answer], None], connect: Callable[..., KeptRecogniser]
) -> None:
    with fake_upstream({TRANSCRIPTIONS: answer}) as upstream, pytest.raises(ServiceUnavailableError):
        connect(upstream.url, tts_asr_timeout_s=0.4).transcribe(SOUND)


def test_a_service_that_is_not_there_is_unavailable(connect: Callable[..., KeptRecogniser]) -> None:
    with pytest.raises(ServiceUnavailableError, match="cannot be reached"):
        connect(f"http://127.0.0.1:{free_port()}/v1").transcribe(SOUND)


def test_a_language_that_the_service_refuses_is_unsupported(connect: Callable[..., KeptRecogniser]) -> None:
    refused = {"error": {"message": "no Klingon", "param": "language", "code": "unsupported"}}
    with fake_upstream({TRANSCRIPTIONS: reply(refused, 400)}) as upstream, pytest.raises(UnsupportedError):
        connect(upstream.url).transcribe(SOUND, "ja")


def test_aligned_words_come_with_their_times(connect: Callable[..., KeptRecogniser]) -> None:
    words = [{"word": "a", "start": 0.1, "end": 0.2}, {"word": "b", "start": 0.2, "end": 99}]
    with fake_upstream({ALIGNMENTS: reply({"words": words})}) as upstream:
        found = connect(upstream.url).align(SOUND, ["a", "b"], "en")
    assert [(word.text, word.start, word.end) for word in found] == [("a", 0.1, 0.2), ("b", 0.2, 1.0)]
    assert upstream.asked(ALIGNMENTS)[0].field("text") == ["a b"]


@pytest.mark.parametrize("answer", [None, reply({"words": [{"word": "a", "start": 0, "end": 1}]}), reply({})])
def test_words_that_cannot_be_aligned_have_no_times(
    answer: Callable[[Answer], None] | None, connect: Callable[..., KeptRecogniser]
) -> None:
    with fake_upstream({} if answer is None else {ALIGNMENTS: answer}) as upstream:
        assert connect(upstream.url).align(SOUND, ["a", "b"], "en") == ()
