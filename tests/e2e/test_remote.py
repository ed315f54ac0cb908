"""The engines `remote` in front of a second Voice Stack: two hops, and what becomes of them when the second goes."""

import json
import signal
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import HELLO, Spoken, client
from tests.e2e.speech import FORMATS, SENTENCE, hear, say
from tests.e2e.test_jobs import ASYNC, accepted, finished, upload, whisper_settings
from tests.e2e.test_service_behaviour import wait_for
from tests.live_server import MOONSHINE, TONE, Server, serve_asr, serve_tts

LONG = (SENTENCE + " ") * 40
# The client's bound for the end of what cannot be finished: far below the upstream's timeout of 60 s.
SOON_S = 10.0


@dataclass(frozen=True, slots=True)
class Hops:
    """A service, and the one behind it."""

    front: Server
    upstream: Server


@contextmanager
def recognition(upstream: dict[str, str], **settings: str) -> Iterator[Hops]:
    with serve_asr(upstream) as behind:
        usual = {"ASR_ENGINE": "remote", "ASR_REMOTE_URL": behind.v1, "ASR_FALLBACK_ENGINES": ""}
        with serve_asr({**usual, **settings}) as front:
            yield Hops(front, behind)


@contextmanager
def speech(upstream: dict[str, str], **settings: str) -> Iterator[Hops]:
    with serve_tts(upstream) as behind:
        usual = {"TTS_ENGINE": "remote", "TTS_REMOTE_URL": behind.v1, "TTS_FALLBACK_ENGINES": ""}
        with serve_tts({**usual, **settings}) as front:
            yield Hops(front, behind)


@pytest.fixture(scope="module")
def whispers(tiny_ct2: Path) -> Iterator[Hops]:
    with recognition(whisper_settings(tiny_ct2)) as hops:
        yield hops


@pytest.fixture(scope="module")
def tones() -> Iterator[Hops]:
    with speech(TONE) as hops:
        yield hops


@pytest.fixture(scope="module")
def film(digits: Spoken, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three minutes of lines with half a second between them: seven windows or more."""
    with wave.open(str(digits.path)) as file:
        line = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    period = len(line) + 8_000
    track = np.zeros(180 * 16_000 // period * period, dtype="<i2")
    for start in range(0, len(track), period):
        track[start : start + len(line)] = line
    path = tmp_path_factory.mktemp("film") / "film.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(track.tobytes())
    return path


def health(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/health", timeout=10).json()
    return found


def running(server: Server) -> int:
    return int(health(server)["running"])


@contextmanager
def streamed(server: Server, path: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a transcription, as they come."""
    data = {"model": "whisper-1", "stream": "true", "language": "en"}
    url = f"{server.v1}/audio/transcriptions"
    with httpx.stream("POST", url, data=data, files={"file": path.read_bytes()}, timeout=60) as answer:
        assert answer.status_code == 200, answer.read()

        def events() -> Iterator[dict[str, Any]]:
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line.removeprefix("data: "))

        yield events()


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def words_of(body: dict[str, Any]) -> list[str]:
    return [word["word"] for word in body["words"]]


def test_a_transcript_is_the_upstream_s(whispers: Hops, digits: Spoken) -> None:
    audio = digits.path.read_bytes()
    through, direct = (
        upload(server, "transcriptions/verbose", audio) for server in (whispers.front, whispers.upstream)
    )
    assert through.headers["x-voice-stack-engine"] == "remote"
    assert "x-voice-stack-fallback" not in through.headers
    body, own = through.json(), direct.json()
    assert body["text"] == own["text"] == digits.text
    assert body["language"] == own["language"]
    assert words_of(body) == words_of(own)
    for mine, theirs in zip(body["words"], own["words"], strict=True):
        assert mine["start"] == pytest.approx(theirs["start"], abs=0.1)
    assert body["segments"][0]["tokens"] == own["segments"][0]["tokens"]
    assert body["segments"][0]["avg_logprob"] == pytest.approx(own["segments"][0]["avg_logprob"], abs=0.05)


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt", "verbose_json"])
def test_every_format_of_a_transcript(whispers: Hops, digits: Spoken, response_format: str) -> None:
    answer = upload(whispers.front, "transcriptions", digits.path.read_bytes(), response_format=response_format)
    assert answer.status_code == 200, answer.text
    assert digits.text in answer.text.replace("\\n", " ")


def test_the_sdk_is_served_through_two_hops(whispers: Hops, tones: Hops, digits: Spoken) -> None:
    heard = client(whispers.front).audio.transcriptions.create(
        model="whisper-1", file=digits.path, response_format="verbose_json", timestamp_granularities=["segment", "word"]
    )
    assert heard.text == digits.text
    translated = client(whispers.front).audio.translations.create(model="whisper-1", file=digits.path)
    assert translated.text
    spoken = client(tones.front).audio.speech.create(model="tts-1", voice="alloy", input=SENTENCE)
    assert hear(spoken.content, "mp3").duration > 1


@pytest.mark.parametrize("response_format", FORMATS)
def test_every_format_of_speech(tones: Hops, response_format: str) -> None:
    through, direct = (say(server, response_format=response_format) for server in (tones.front, tones.upstream))
    assert through.headers["x-voice-stack-engine"] == "remote"
    first, second = (hear(answer.content, response_format) for answer in (through, direct))
    assert first.duration == pytest.approx(second.duration, abs=0.06)
    assert first.level == pytest.approx(second.level, rel=0.1)


def test_speed_is_the_upstream_s(tones: Hops) -> None:
    natural, slow = (hear(say(tones.front, response_format="pcm", speed=s).content, "pcm").duration for s in (1.0, 0.5))
    assert slow == pytest.approx(2 * natural, rel=0.1)


def test_the_upstream_s_voices_can_be_named(tones: Hops) -> None:
    assert say(tones.front).status_code == 200
    listed = [voice["id"] for voice in httpx.get(f"{tones.front.v1}/audio/voices").json()["voices"]]
    assert "tone-high" in listed
    assert len(listed) == len(set(listed))
    assert say(tones.front, voice="tone-high").headers["x-voice-stack-voice"] == "tone-high"
    assert say(tones.front, voice="nobody").status_code in (400, 404)


def test_what_the_upstream_refuses_is_the_client_s_to_mend() -> None:
    with recognition(MOONSHINE) as hops:
        answer = upload(hops.front, "transcriptions", HELLO.read_bytes(), language="de")
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "language")
        assert "does not know german" in answer.json()["error"]["message"]
        assert upload(hops.front, "transcriptions", HELLO.read_bytes()).status_code == 200


class Taker(threading.Thread):
    """Takes all that comes, as it comes."""

    def __init__(self, items: Iterator[Any]) -> None:
        super().__init__(daemon=True)
        self.taken: list[Any] = []
        self._items = items
        self.start()

    def run(self) -> None:
        self.taken.extend(self._items)

    def stands_still(self, upstream: Server) -> bool:
        """Whether nothing more comes while the upstream is frozen, though it is not the end."""
        wait_for(lambda: bool(self.taken), "nothing comes")
        with frozen(upstream):
            time.sleep(1.0)  # what was on its way
            before = len(self.taken)
            time.sleep(1.0)
            return len(self.taken) == before and self.is_alive()


def test_deltas_come_before_the_upstream_is_done(whispers: Hops, film: Path) -> None:
    with streamed(whispers.front, film) as events:
        taker = Taker(events)
        assert taker.stands_still(whispers.upstream)
        taker.join(60)
    *deltas, done = taker.taken
    assert {event["type"] for event in deltas} == {"transcript.text.delta"}
    assert len(deltas) > 6
    assert done["type"] == "transcript.text.done"
    assert done["text"] == "".join(event["delta"] for event in deltas)


def test_sound_comes_before_the_upstream_is_done(tones: Hops) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": LONG, "response_format": "pcm"}
    with httpx.stream("POST", f"{tones.front.v1}/audio/speech", json=body, timeout=60) as answer:
        taker = Taker(answer.iter_bytes())
        assert taker.stands_still(tones.upstream)
        taker.join(60)
    assert sum(map(len, taker.taken)) > 40 * 2 * 24_000


@pytest.mark.parametrize("kind", ["asr", "tts"])
def test_a_client_that_goes_frees_both_hops(whispers: Hops, tones: Hops, film: Path, kind: str) -> None:
    hops = whispers if kind == "asr" else tones
    if kind == "asr":
        with streamed(hops.front, film) as events:
            next(events)
    else:
        body = {"model": "tts-1", "voice": "alloy", "input": LONG, "speed": 0.25, "response_format": "pcm"}
        with httpx.stream("POST", f"{hops.front.v1}/audio/speech", json=body, timeout=60) as answer:
            next(answer.iter_bytes())
    wait_for(lambda: running(hops.front) == 0, "the front works on for nobody")
    wait_for(lambda: running(hops.upstream) == 0, "the upstream works on for nobody")


def test_jobs_go_through(whispers: Hops, tones: Hops, digits: Spoken, film: Path) -> None:
    audio = digits.path.read_bytes()
    alone = upload(whispers.front, "transcriptions", audio, response_format="srt")
    job = accepted(upload(whispers.front, "transcriptions", audio, ASYNC, response_format="srt"), whispers.front)
    assert finished(job)["status"] == "completed"
    assert httpx.get(f"{job}/result").content == alone.content
    job = accepted(upload(whispers.front, "transcriptions", film.read_bytes(), ASYNC), whispers.front)
    assert finished(job)["status"] == "completed"
    fields = {"model": "tts-1", "voice": "alloy", "input": SENTENCE, "response_format": "wav"}
    answer = httpx.post(f"{tones.front.v1}/audio/speech", json=fields, headers=ASYNC, timeout=60)
    job = accepted(answer, tones.front)
    assert finished(job)["status"] == "completed"
    hear(httpx.get(f"{job}/result").content, "wav")


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


def test_an_upstream_killed_in_the_middle_of_a_transcript(
    tiny_ct2: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recognition(whisper_settings(tiny_ct2), ASR_FALLBACK_ENGINES="moonshine") as hops:
        with streamed(hops.front, film) as events:
            assert next(events)["type"] == "transcript.text.delta"
            hops.upstream.process.kill()
            killed_at = time.monotonic()
            rest = list(events)
        assert time.monotonic() - killed_at < SOON_S
        assert "upstream" in rest[-1]["error"]["message"], rest[-1]
        assert not [event for event in rest if event.get("type") == "transcript.text.done"]
        # The next one is answered by the stand-in, which says why.
        answer = upload(hops.front, "transcriptions", HELLO.read_bytes())
        assert (answer.status_code, answer.headers["x-voice-stack-engine"]) == (200, "moonshine"), answer.text
        assert "upstream cannot be reached: connection refused" in answer.headers["x-voice-stack-fallback"]
        state = health(hops.front)
        assert (state["status"], state["state"], state["running"]) == ("ok", "degraded", 0)
        # And when the upstream is back, it answers again.
        monkeypatch.setattr("tests.live_server.free_port", lambda: port_of(hops.upstream))
        with serve_asr(whisper_settings(tiny_ct2)):
            hello = HELLO.read_bytes()
            wait_for(
                lambda: upload(hops.front, "transcriptions", hello).headers["x-voice-stack-engine"] == "remote",
                "the upstream is not found again",
            )
            assert health(hops.front)["state"] == "ready"


def test_an_upstream_killed_in_the_middle_of_speech() -> None:
    with speech(TONE, TTS_FALLBACK_ENGINES="espeak") as hops:
        body = {"model": "tts-1", "voice": "alloy", "input": LONG, "speed": 0.25, "stream_format": "sse"}
        with httpx.stream("POST", f"{hops.front.v1}/audio/speech", json=body, timeout=60) as answer:
            lines = (line for line in answer.iter_lines() if line.startswith("data: "))
            assert "speech.audio.delta" in next(lines)
            hops.upstream.process.kill()
            killed_at = time.monotonic()
            rest = list(lines)
        assert time.monotonic() - killed_at < SOON_S
        assert "upstream" in json.loads(rest[-1].removeprefix("data: "))["error"]["message"]
        answer = say(hops.front)
        assert (answer.status_code, answer.headers["x-voice-stack-engine"]) == (200, "espeak"), answer.text
        assert "connection refused" in answer.headers["x-voice-stack-fallback"]
        assert health(hops.front)["running"] == 0


def test_audio_that_cannot_be_finished_is_a_broken_connection() -> None:
    with speech(TONE) as hops:
        body = {"model": "tts-1", "voice": "alloy", "input": LONG, "speed": 0.25, "response_format": "wav"}
        with httpx.stream("POST", f"{hops.front.v1}/audio/speech", json=body, timeout=60) as answer:
            pieces = answer.iter_bytes()
            next(pieces)
            hops.upstream.process.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        refused = say(hops.front)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "engine_unavailable")
        assert hops.upstream.url.removeprefix("http://") not in refused.text


def test_an_upstream_that_stands_still_is_given_up() -> None:
    with speech(TONE, TTS_REMOTE_TIMEOUT_S="3", TTS_FALLBACK_ENGINES="espeak") as hops:
        assert say(hops.front).headers["x-voice-stack-engine"] == "remote"
        with frozen(hops.upstream):
            began = time.monotonic()
            answers = [say(hops.front) for _ in range(2)]
            assert time.monotonic() - began < 2 * SOON_S
            # The first may have been on its way before that was noticed.
            assert answers[0].status_code in (200, 503)
            assert answers[1].headers["x-voice-stack-engine"] == "espeak"
            assert "in time" in answers[1].headers["x-voice-stack-fallback"]


def test_without_an_upstream_the_stand_in_says_why() -> None:
    settings = {
        "TTS_ENGINE": "remote",
        "TTS_REMOTE_URL": "http://127.0.0.1:1/v1",
        "TTS_REMOTE_API_KEY": "sk-secret-key",
    }
    with serve_tts(settings) as server:
        answer = say(server)
        assert (answer.status_code, answer.headers["x-voice-stack-engine"]) == (200, "espeak")
        assert "connection refused" in answer.headers["x-voice-stack-fallback"]
        assert "sk-secret-key" not in server.log.read_text()
