"""What a user meets besides the sound: fallbacks, clients that go, dropped voices, stops."""

import json
import signal
import socket
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import HELLO, write_wav
from tests.e2e.speech import SENTENCE, TWENTY, hear, say
from tests.e2e.test_service_behaviour import wait_for
from tests.live_server import Server, serve_tts
from voice_stack.audio.clip import Samples, from_s16le


def hello_samples() -> Samples:
    with wave.open(str(HELLO)) as file:
        return from_s16le(file.readframes(file.getnframes()))


def running(server: Server) -> int:
    return int(httpx.get(f"{server.url}/health").json()["running"])


def test_unreachable_hub_falls_back_and_says_so_everywhere() -> None:
    # An address that refuses: what a machine without network sees.
    settings = {"TTS_ENGINE": "kokoro", "HF_ENDPOINT": "http://127.0.0.1:1", "HUB_TIMEOUT_S": "2"}
    with serve_tts(settings) as server:
        for voice in ("alloy", "af_bella"):
            answer = say(server, voice=voice)
            assert answer.status_code == 200, answer.text
            assert answer.headers["x-voice-stack-engine"] == "espeak"
            assert "hub" in answer.headers["x-voice-stack-fallback"]
            hear(answer.content, "mp3")
        health = httpx.get(f"{server.url}/health").json()
        assert (health["state"], health["engine"], health["requested_engine"]) == ("degraded", "espeak", "kokoro")
        voices = httpx.get(f"{server.v1}/audio/voices").json()["voices"]
        assert {voice["engine"] for voice in voices} == {"espeak"}
        warnings = [line for line in server.log.read_text().splitlines() if "WARNING" in line and "espeak" in line]
        assert len(warnings) == 1, "the fallback is told once, not at every request"


def test_without_fallbacks_an_unreachable_hub_is_a_clear_503() -> None:
    settings = {"TTS_ENGINE": "kokoro", "TTS_FALLBACK_ENGINES": "", "HF_ENDPOINT": "http://127.0.0.1:1"}
    with serve_tts(settings) as server:
        answer = say(server)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "engine_unavailable")
        assert answer.headers["x-should-retry"] == "false"


def test_licence_is_asked_for_and_never_waited_for() -> None:
    with serve_tts({"TTS_ENGINE": "coqui", "TTS_FALLBACK_ENGINES": ""}) as server:
        answer = say(server)
        assert answer.status_code == 503
        assert "COQUI_TOS_AGREED" in answer.json()["error"]["message"] or "voice-stack[coqui]" in answer.text


def test_auto_speaks_without_any_download() -> None:
    with serve_tts({"HF_ENDPOINT": "http://127.0.0.1:1", "HUB_TIMEOUT_S": "2"}) as server:
        answer = say(server)
        assert answer.status_code == 200
        assert answer.headers["x-voice-stack-engine"] == "espeak"


def test_a_hundred_clients_that_go_leave_nothing_behind(tone_server: Server) -> None:
    long = (SENTENCE + " ") * 80
    say(tone_server)
    files, threads = len(tone_server.open_files()), tone_server.threads()
    host, port = tone_server.url.removeprefix("http://").split(":")
    formats = ("mp3", "opus", "aac", "flac", "wav", "pcm")

    def leave(number: int) -> None:
        """Some go at once, some after the headers, some in the middle of the sound; half read events."""
        body = json.dumps(
            {
                "model": "tts-1",
                "voice": "alloy",
                "input": long,
                "response_format": formats[number % 6],
                "stream_format": "sse" if number % 2 else "audio",
                "speed": 1.0 if number % 3 else 0.3,
            }
        ).encode()
        head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + body)
            if number % 4:
                connection.recv(64 if number % 4 == 1 else 20_000)

    with ThreadPoolExecutor(4) as clients:
        list(clients.map(leave, range(100)))
    wait_for(lambda: running(tone_server) == 0, "work is left")
    wait_for(lambda: tone_server.children() == [], "encoders are left")
    wait_for(lambda: len(tone_server.open_files()) <= files + 2, "descriptors are left")
    # Worker threads stay for the next request; four clients at once need no more than a few.
    assert tone_server.threads() <= threads + 16
    assert httpx.get(f"{tone_server.url}/health").json()["waiting"] == 0
    assert hear(say(tone_server, response_format="wav").content, "wav").duration > 1


def test_requests_at_once_get_their_own_sound(espeak_server: Server) -> None:
    texts = [f"{SENTENCE} Number {number}. " * (1 + number % 4) for number in range(12)]
    alone = [hear(say(espeak_server, text, response_format="pcm").content, "pcm").duration for text in texts]
    with ThreadPoolExecutor(12) as clients:
        together = clients.map(lambda text: say(espeak_server, text, response_format="pcm").content, texts)
        assert [hear(data, "pcm").duration for data in together] == pytest.approx(alone, abs=0.05)


def test_short_request_passes_a_long_one(tone_server: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": (SENTENCE + " ") * 80, "speed": 0.25}
    with httpx.stream("POST", f"{tone_server.v1}/audio/speech", json=body, timeout=60) as long:
        pieces = long.iter_bytes()
        next(pieces)
        assert say(tone_server).status_code == 200
        assert running(tone_server) == 1, "the long one had ended: nothing was shown"


def test_client_that_does_not_read_holds_the_speech_up_and_gets_all_of_it_later(tone_server: Server) -> None:
    fields = {"model": "tts-1", "voice": "alloy", "input": (SENTENCE + " ") * 20, "speed": 0.25}
    body = json.dumps(fields | {"response_format": "pcm"}).encode()
    spoken = tone_server.log.read_text().count("spoke ")
    host, port = tone_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /v1/audio/speech HTTP/1.0\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        connection.settimeout(60)
        start = connection.recv(1000)
        # Others are served meanwhile, and it takes more of them than the long one would have taken alone.
        for _ in range(4):
            assert say(tone_server, SENTENCE * 10).status_code == 200
        assert running(tone_server) == 1
        assert tone_server.log.read_text().count("spoke ") == spoken + 4
        rest = b"".join(iter(lambda: connection.recv(1 << 20), b""))
    sound = (start + rest).partition(b"\r\n\r\n")[2]
    assert len(sound) / 48_000 > 200


def test_dropped_recording_is_listed_without_a_restart_and_needs_an_engine_that_clones(tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    with serve_tts({"TTS_ENGINE": "espeak", "TTS_VOICES_DIR": str(voices)}) as server:
        assert say(server, voice="anna").status_code == 404
        write_wav(voices / "anna.wav", np.tile(hello_samples(), 2))
        listed = {voice["id"]: voice for voice in httpx.get(f"{server.v1}/audio/voices").json()["voices"]}
        assert listed["anna"]["kind"] == "library"
        assert listed["anna"]["usable"] is True, listed["anna"]["problem"]
        answer = say(server, voice="anna")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported")
        (voices / "broken.wav").write_bytes(b"no sound at all")
        listed = {voice["id"]: voice for voice in httpx.get(f"{server.v1}/audio/voices").json()["voices"]}
        assert listed["broken"]["usable"] is False
        assert listed["broken"]["problem"]
        assert say(server, voice="broken").status_code == 400
        assert "broken" not in httpx.get(f"{server.v1}/voices").json()["voices"]


def test_stop_ends_streams_at_once() -> None:
    with serve_tts({"TTS_ENGINE": "tone"}) as server:
        body = {
            "model": "tts-1",
            "voice": "alloy",
            "input": (SENTENCE + " ") * 80,
            "stream_format": "sse",
            "speed": 0.25,
        }
        with httpx.stream("POST", f"{server.v1}/audio/speech", json=body, timeout=60) as stream:
            lines = stream.iter_lines()
            next(lines)
            threading.Timer(0.2, server.process.send_signal, [signal.SIGTERM]).start()
            rest = list(lines)
        assert any("stopping" in line for line in rest) or any("speech.audio.done" in line for line in rest)
        server.process.wait(20)


def test_key_is_asked_for_but_not_by_health() -> None:
    with serve_tts({"TTS_ENGINE": "espeak", "API_KEY": "sesame"}) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert say(server).status_code == 401
        with_key = {"Authorization": "Bearer sesame"}
        body = {"model": "tts-1", "voice": "alloy", "input": "Hi."}
        assert httpx.post(f"{server.v1}/audio/speech", json=body, headers=with_key).status_code == 200


def test_the_log_tells_the_cost_and_never_the_text(espeak_server: Server) -> None:
    answer = say(espeak_server, "Xylophones whisper quietly.")
    assert answer.status_code == 200
    log = espeak_server.log.read_text()
    assert "spoke " in log
    assert "Xylophones" not in log
    metrics = httpx.get(f"{espeak_server.url}/metrics").text
    assert 'voice_stack_tts_characters_total{engine="espeak"' in metrics


def test_body_that_is_far_too_large_is_refused_while_it_comes(espeak_server: Server) -> None:
    answer = httpx.post(f"{espeak_server.v1}/audio/speech", content=b'{"input": "' + b"x" * 20_000_000)
    assert answer.status_code == 413


def test_twenty_sentences_stream_in_every_order(espeak_server: Server) -> None:
    one = hear(say(espeak_server, TWENTY, response_format="wav").content, "wav")
    again = hear(say(espeak_server, TWENTY, response_format="flac").content, "flac")
    assert one.duration == pytest.approx(again.duration, abs=0.1)
