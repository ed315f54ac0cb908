"""The queue as clients meet it: a real socket, the real engine, and slots that a test holds for as long as it wants."""

import contextlib
import io
import socket
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from tests.audio.media import children, encode
from tests.held_slots import slots_held
from tests.served_app import served_app
from tests.tiny_whisper.exact import EXACT, render
from voice_stack.apps.asr import create_asr_app
from voice_stack.asr.service import DEFAULT_MODEL, TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.audio.clip import Samples, to_s16le
from voice_stack.core.settings import load_settings
from voice_stack.serving.scheduling.scheduler import Scheduler

RATE = 16_000
LINE = EXACT["en-sentence-3"]
Serve = Callable[..., "contextlib.AbstractContextManager[Service]"]


@dataclass(frozen=True)
class Service:
    """A running service, from both sides."""

    url: str
    inside: TranscriptionService

    @property
    def sdk(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key="unused", max_retries=0)

    def post(self, audio: bytes, *, priority: str | None = None, **fields: str) -> httpx.Response:
        return httpx.post(
            f"{self.url}/v1/audio/transcriptions",
            data={"model": "whisper-1", **fields},
            files={"file": audio},
            headers={"x-priority": priority} if priority else {},
            timeout=60,
        )

    def bazarr(self, audio: bytes, **headers: str) -> httpx.Response:
        params = {"output": "txt", "language": "en"}
        files = {"audio_file": audio}
        return httpx.post(f"{self.url}/v1/bazarr/asr", params=params, files=files, headers=headers, timeout=60)

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = httpx.get(f"{self.url}/health").json()
        return body

    def slots_held(self) -> contextlib.AbstractContextManager[Scheduler]:
        return slots_held(self.inside.queues, self.inside.host.lease(DEFAULT_MODEL))

    def units(self) -> dict[str, int]:
        (engine,) = self.health()["queue"]["engines"]
        return {lane: engine[lane]["units"] for lane in ("interactive", "batch")}

    def waits_for(self, condition: Callable[[dict[str, Any]], bool], what: str) -> None:
        deadline = time.monotonic() + 30
        while not condition(self.health()):
            assert time.monotonic() < deadline, what
            time.sleep(0.02)


@pytest.fixture
def serve(tiny_ct2: Path) -> Serve:
    @contextlib.contextmanager
    def serving(**settings: object) -> Iterator[Service]:
        usual: dict[str, object] = {"asr_fallback_engines": (), "asr_temperature": (0.0,), "asr_vad_enabled": False}
        usual["asr_lone_processes"] = False  # as many slots as workers, for all alike
        app = create_asr_app(load_settings(AsrSettings, asr_model=str(tiny_ct2), **{**usual, **settings}))
        with served_app(app) as url:
            yield Service(url, app.state.service.service)

    return serving


def wav(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(to_s16le(samples))
    return file.getvalue()


@pytest.fixture(scope="module")
def command() -> bytes:
    """A few seconds that the tiny model gets right."""
    return wav(render(LINE).samples)


@pytest.fixture(scope="module")
def film() -> bytes:
    """A minute of it."""
    return wav(np.resize(np.pad(render(LINE).samples, (0, 2 * RATE)), 60 * RATE))


def test_short_audio_is_interactive_and_long_audio_batch(serve: Serve, command: bytes, film: bytes) -> None:
    with serve() as service:
        assert service.post(command).json()["text"] == LINE.text
        assert service.units() == {"interactive": 1, "batch": 0}
        assert service.post(film).status_code == 200
        after = service.units()
        assert after["interactive"] == 1
        assert after["batch"] >= 2, "a unit is a window"


def test_bazarr_is_batch_and_the_header_has_the_last_word(serve: Serve, command: bytes, film: bytes) -> None:
    with serve() as service:
        assert service.bazarr(command).text.strip() == LINE.text
        assert service.units() == {"interactive": 0, "batch": 1}
        service.bazarr(command + b"\0", **{"x-priority": "interactive"})  # the same bytes would be joined
        assert service.units() == {"interactive": 1, "batch": 1}
        service.post(command, priority="batch")
        assert service.units() == {"interactive": 1, "batch": 2}
        before = service.units()["batch"]
        service.post(film, priority="interactive")
        assert service.units()["batch"] == before


def test_a_header_that_says_something_else_is_named(serve: Serve, command: bytes) -> None:
    with serve() as service:
        for answer in (service.post(command, priority="urgent"), service.bazarr(command, **{"x-priority": "urgent"})):
            assert answer.status_code == 400
            assert answer.json()["error"]["param"] == "x-priority"


def test_a_long_file_that_claims_to_be_short_is_batch(serve: Serve, tmp_path: Path) -> None:
    flac = bytearray(
        encode(tmp_path / "noise.flac", "-c:a", "flac", source="anoisesrc=r=16000", seconds=90).read_bytes()
    )
    claimed = 5 * RATE
    flac[21] &= 0xF0  # the upper bits of the number of samples
    flac[22:26] = claimed.to_bytes(4, "big")
    with serve() as service:
        answer = service.post(bytes(flac), response_format="verbose_json")
        assert answer.json()["duration"] == pytest.approx(90, abs=1)
        assert service.units()["interactive"] == 0


def test_a_full_lane_is_a_429_with_retry_after_and_drains(serve: Serve, command: bytes, film: bytes) -> None:
    with serve(queue_interactive_requests=2, queue_batch_requests=1) as service, ThreadPoolExecutor(8) as clients:
        with service.slots_held():
            inside = [clients.submit(service.post, command) for _ in range(2)]
            inside.append(clients.submit(service.post, film))
            service.waits_for(lambda health: health["waiting"] == 3, "they do not queue")
            for stream in (False, True):
                with pytest.raises(openai.RateLimitError) as caught:
                    service.sdk.audio.transcriptions.create(
                        model="whisper-1", file=("a.wav", command), stream=stream, timeout=30
                    )
                assert caught.value.code == "overloaded"
                assert int(caught.value.response.headers["retry-after"]) >= 1
                assert "x-should-retry" not in caught.value.response.headers
            refused = service.post(film, response_format="srt")
            assert refused.status_code == 429
            assert "-->" not in refused.text, "some clients save what they get as a subtitle"
            queue = service.health()["queue"]
            assert queue["interactive"] == {"requests": 2, "refused": 2}
            assert queue["batch"] == {"requests": 1, "refused": 1}
        assert [one.result(60).status_code for one in inside] == [200] * 3
        assert service.post(command).json()["text"] == LINE.text
        service.waits_for(
            lambda health: health["running"] == 0 and health["queue"]["interactive"]["requests"] == 0, "work is left"
        )


def test_the_sdk_comes_back_by_itself_when_there_is_room(serve: Serve, command: bytes) -> None:
    with serve(queue_interactive_requests=1) as service, ThreadPoolExecutor(2) as clients:
        with service.slots_held():
            first = clients.submit(service.post, command)
            service.waits_for(lambda health: health["waiting"] == 1, "it does not queue")
            patient = service.sdk.with_options(max_retries=3)
            second = clients.submit(
                lambda: patient.audio.transcriptions.create(model="whisper-1", file=("a.wav", command), timeout=60)
            )
            service.waits_for(lambda health: health["queue"]["interactive"]["refused"] >= 1, "it was not refused")
        assert first.result(60).status_code == 200
        assert second.result(60).text == LINE.text


def test_too_much_work_before_it_is_a_429_too(serve: Serve, command: bytes, film: bytes) -> None:
    with serve(queue_batch_s=0.001) as service, ThreadPoolExecutor(1) as clients:
        assert service.post(command).status_code == 200  # now the speed is known
        with service.slots_held():
            first = clients.submit(service.post, film)
            service.waits_for(lambda health: health["waiting"] == 1, "it does not queue")
            refused = service.post(film)
            assert refused.status_code == 429
            assert "s of work" in refused.json()["error"]["message"]
        assert first.result(60).status_code == 200


@pytest.mark.parametrize("stream", ["false", "true"])
def test_an_interactive_request_that_cannot_begin_in_time_is_a_503(serve: Serve, command: bytes, stream: str) -> None:
    with serve(request_timeout_s=0.3) as service:
        with service.slots_held():
            answer = service.post(command, stream=stream)
            assert answer.status_code == 503
            assert answer.json()["error"]["code"] == "start_timeout"
            assert "x-should-retry" not in answer.headers, "it may be sent again"
        assert service.post(command, stream=stream).status_code == 200
        (engine,) = service.health()["queue"]["engines"]
        assert engine["interactive"]["timed_out"] == 1
        # The last byte of a stream is on its way before its request is counted out.
        service.waits_for(lambda health: health["queue"]["interactive"]["requests"] == 0, "a request is kept")


def test_batch_work_waits_as_long_as_it_takes(serve: Serve, film: bytes) -> None:
    with serve(request_timeout_s=0.05) as service, ThreadPoolExecutor(1) as clients:
        with service.slots_held():
            answer = clients.submit(service.bazarr, film)
            service.waits_for(
                lambda health: any(e["batch"]["longest_wait_s"] > 0.3 for e in health["queue"]["engines"]), "no wait"
            )
        assert answer.result(60).status_code == 200


def send(service: Service, audio: bytes, **fields: str) -> socket.socket:
    """A request whose answer is not waited for; the connection is the caller's."""
    url = f"{service.url}/v1/audio/transcriptions"
    request = httpx.Request("POST", url, data={"model": "whisper-1", **fields}, files={"file": audio})
    body = request.read()
    head = "".join(f"{key}: {value}\r\n" for key, value in request.headers.items())
    connection = socket.create_connection((request.url.host, request.url.port or 80))
    connection.sendall(f"POST {request.url.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    return connection


def test_clients_that_vanish_from_the_queue_leave_nothing(serve: Serve, command: bytes, film: bytes) -> None:
    with serve(queue_batch_active=2) as service, service.slots_held() as scheduler:
        before = scheduler.snapshot().lanes
        clients = [
            send(service, command if number % 2 else film, stream="true" if number % 3 else "false")
            for number in range(10)
        ]
        service.waits_for(lambda health: health["waiting"] == 10, "they do not queue")
        for connection in clients:
            connection.close()
        service.waits_for(lambda health: health["running"] == 0 and health["waiting"] == 0, "requests are left")
        after = scheduler.snapshot().lanes
        for lane, told in after.items():
            assert (told.requests, told.waiting) == (before[lane].requests, 0)
        assert not service.inside.queues.crowded


def test_films_that_wait_hold_none_of_their_sound(serve: Serve, film: bytes, tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc")
    flac = encode(tmp_path / "noise.flac", "-c:a", "flac", source="anoisesrc=r=16000", seconds=70).read_bytes()

    with serve(queue_batch_active=1) as service, ThreadPoolExecutor(3) as clients:
        before = len(children())
        with service.slots_held():
            answers = [clients.submit(service.post, flac, language="en", response_format="text") for _ in range(3)]
            service.waits_for(lambda health: health["waiting"] == 3, "they do not queue")
            assert len(children()) - before <= 1, "a decoder runs for a film that is not under way"
        assert {answer.result(60).status_code for answer in answers} == {200}
        assert len(children()) == before


def test_a_command_passes_films_that_wait(serve: Serve, command: bytes, film: bytes) -> None:
    """One slot, four films in front of it: the command is next."""
    with serve(asr_workers=1) as service, ThreadPoolExecutor(5) as clients:
        with service.slots_held():
            films = [clients.submit(service.post, film, language="en", response_format="text") for _ in range(4)]
            service.waits_for(lambda health: health["waiting"] == 4, "they do not queue")
            answer = clients.submit(service.post, command)
            service.waits_for(lambda health: health["waiting"] == 5, "it does not queue")
        assert answer.result(60).json()["text"] == LINE.text
        assert not all(film.done() for film in films), "the films had ended: nothing was shown"
        for film_answer in films:
            assert film_answer.result(60).status_code == 200


def test_health_and_metrics_tell_of_the_queue(serve: Serve, command: bytes, film: bytes) -> None:
    with serve() as service:
        assert service.health()["queue"] == {
            "interactive": {"requests": 0, "refused": 0},
            "batch": {"requests": 0, "refused": 0},
            "engines": [],
        }
        for body in (command, film):
            service.post(body)
        (engine,) = service.health()["queue"]["engines"]
        assert (engine["engine"], engine["width"]) == ("faster-whisper", 2)
        assert 0 < engine["utilisation"] <= 1
        assert engine["rate"] > 0
        assert {"requests", "waiting", "running", "work_s", "start_p95_s"} <= engine["batch"].keys()
        metrics = httpx.get(f"{service.url}/metrics").text
        labels = f'engine="faster-whisper",lane="interactive",model="{engine["model"]}"'
        for name, value in (
            ("voice_stack_asr_queue_admitted_total", "1.0"),
            ("voice_stack_asr_queue_units_total", "1.0"),
            ("voice_stack_asr_queue_cost_total", "30.0"),
            ("voice_stack_asr_queue_waiting", "0.0"),
            ("voice_stack_asr_queue_running", "0.0"),
            ("voice_stack_asr_queue_timed_out_total", "0.0"),
            ("voice_stack_asr_queue_cancelled_total", "0.0"),
        ):
            assert f"{name}{{{labels}}} {value}" in metrics, name
        for name in ("work_seconds", "longest_wait_seconds", "start_p50_seconds", "start_p95_seconds"):
            assert f"voice_stack_asr_queue_{name}{{{labels}}}" in metrics
        for name in ("waited_seconds", "busy_seconds"):
            assert f"voice_stack_asr_queue_{name}_total{{{labels}}}" in metrics
        assert 'voice_stack_asr_queue_requests{lane="batch"} 0.0' in metrics
        assert 'voice_stack_asr_queue_refused_total{lane="batch"} 0.0' in metrics
        for name in ("width", "utilisation", "rate"):
            assert f'voice_stack_asr_engine_{name}{{engine="faster-whisper"' in metrics
        assert "voice_stack_asr_real_time_factor_bucket" in metrics
