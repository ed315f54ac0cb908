"""The queue of the speech service, on a real socket with the engine tone, whose slots a test holds."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest

from tests.held_slots import slots_held
from tests.served_app import served_app
from voice_stack.apps.tts import create_tts_app
from voice_stack.core.settings import load_settings
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.scheduler import Scheduler
from voice_stack.tts.service import DEFAULT_MODEL, SpeechService
from voice_stack.tts.settings import TtsSettings

COMMAND = "The lamp is on."
BOOK = "Sentence after sentence is about a quick brown fox. " * 20


@dataclass(frozen=True)
class Service:
    """A running service, from both sides."""

    url: str
    inside: SpeechService

    @property
    def sdk(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key="unused", max_retries=0)

    def say(self, text: str, *, priority: str | None = None, **fields: object) -> httpx.Response:
        body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "pcm"} | fields
        headers = {"x-priority": priority} if priority else {}
        return httpx.post(f"{self.url}/v1/audio/speech", json=body, headers=headers, timeout=60)

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = httpx.get(f"{self.url}/health").json()
        return body

    def units(self) -> dict[str, int]:
        (engine,) = self.health()["queue"]["engines"]
        return {lane: engine[lane]["units"] for lane in ("interactive", "batch")}

    def slots_held(self) -> contextlib.AbstractContextManager[Scheduler]:
        return slots_held(self.inside.queues, self.inside.host.lease(DEFAULT_MODEL))

    def waits_for(self, condition: Callable[[dict[str, Any]], bool], what: str) -> None:
        deadline = time.monotonic() + 30
        while not condition(self.health()):
            assert time.monotonic() < deadline, what
            time.sleep(0.02)


@contextlib.contextmanager
def serve(**settings: object) -> Iterator[Service]:
    app = create_tts_app(load_settings(TtsSettings, tts_engine="tone", **settings))
    with served_app(app) as url:
        yield Service(url, app.state.service.service)


def test_short_texts_are_interactive_and_long_ones_batch_unless_the_header_says_otherwise() -> None:
    with serve() as service:
        service.say(COMMAND)
        assert service.units() == {"interactive": 1, "batch": 0}
        service.say(BOOK)
        after = service.units()
        assert after["interactive"] == 1
        assert after["batch"] >= 5, "a unit is a sentence or two"
        service.say(COMMAND, priority="batch")
        assert service.units()["batch"] == after["batch"] + 1
        service.say(BOOK, priority="interactive")
        assert service.units()["batch"] == after["batch"] + 1
        refused = service.say(COMMAND, priority="now")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "x-priority")


def test_the_length_that_counts_as_short_is_a_setting() -> None:
    with serve(tts_interactive_chars=0) as service:
        service.say(COMMAND)
        assert service.units() == {"interactive": 0, "batch": 1}


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
def test_a_full_lane_is_a_429_with_retry_after_and_drains(stream_format: Any) -> None:
    with serve(queue_interactive_requests=1, queue_batch_requests=1) as service, ThreadPoolExecutor(2) as clients:
        with service.slots_held():
            inside = [clients.submit(service.say, text) for text in (COMMAND, BOOK)]
            service.waits_for(lambda health: health["waiting"] == 2, "they do not queue")
            for text in (COMMAND, BOOK):
                with pytest.raises(openai.RateLimitError) as caught:
                    service.sdk.audio.speech.create(
                        model="tts-1", voice="alloy", input=text, stream_format=stream_format, timeout=30
                    )
                assert int(caught.value.response.headers["retry-after"]) >= 1
        assert [one.result(60).status_code for one in inside] == [200, 200]
        assert service.say(COMMAND, stream_format=stream_format).status_code == 200


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
@pytest.mark.parametrize("text", [COMMAND, COMMAND * 6])
def test_speech_that_cannot_begin_in_time_is_a_503(stream_format: str, text: str) -> None:
    with serve(request_timeout_s=0.3) as service:
        with service.slots_held():
            answer = service.say(text, stream_format=stream_format)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "start_timeout")
            assert "x-should-retry" not in answer.headers
        assert service.say(text, stream_format=stream_format).status_code == 200


def test_a_command_passes_books_that_wait() -> None:
    with serve(queue_batch_active=5) as service, ThreadPoolExecutor(8) as clients:
        with service.slots_held() as scheduler:
            books = [clients.submit(service.say, BOOK) for _ in range(5)]
            service.waits_for(lambda health: health["waiting"] == 5, "they do not queue")
            command = clients.submit(service.say, COMMAND)
            service.waits_for(lambda health: health["waiting"] == 6, "it does not queue")
            assert scheduler.snapshot().lanes[Lane.INTERACTIVE].waiting == 1
        assert command.result(60).status_code == 200
        assert not all(book.done() for book in books), "the books had ended: nothing was shown"
        assert {book.result(60).status_code for book in books} == {200}


def test_clients_that_vanish_from_the_queue_leave_nothing() -> None:
    with serve(queue_batch_active=2) as service, service.slots_held() as scheduler:
        host, port = service.url.removeprefix("http://").split(":")
        connections = []
        for number in range(12):
            text, stream_format = (COMMAND, "sse") if number % 2 else (BOOK, "audio")
            fields = {"model": "tts-1", "voice": "alloy", "input": text, "stream_format": stream_format}
            body = json.dumps(fields).encode()
            head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection = socket.create_connection((host, int(port)))
            connection.sendall(head.encode() + body)
            connections.append(connection)
        service.waits_for(lambda health: health["waiting"] == 12, "they do not queue")
        held = scheduler.snapshot().width
        for connection in connections:
            connection.close()
        service.waits_for(lambda health: health["running"] == 0 and health["waiting"] == 0, "requests are left")
        assert [(lane.requests, lane.waiting) for lane in scheduler.snapshot().lanes.values()] == [(0, 0), (held, 0)]
        assert not service.inside.queues.crowded


def test_health_and_metrics_tell_of_the_queue() -> None:
    with serve() as service:
        service.say(COMMAND)
        service.say(BOOK)
        (engine,) = service.health()["queue"]["engines"]
        assert (engine["engine"], engine["width"]) == ("tone", 4)
        assert engine["rate"] > 0
        metrics = httpx.get(f"{service.url}/metrics").text
        labels = 'engine="tone",lane="interactive",model="tone"'
        assert f"voice_stack_tts_queue_admitted_total{{{labels}}} 1.0" in metrics
        assert f"voice_stack_tts_queue_cost_total{{{labels}}} {float(len(COMMAND))}" in metrics
        assert 'voice_stack_tts_engine_width{engine="tone",model="tone"} 4.0' in metrics
        assert 'voice_stack_tts_queue_refused_total{lane="interactive"} 0.0' in metrics
