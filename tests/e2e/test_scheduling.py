"""Commands beside films and books, on real service processes: answered at once, and nobody's result is another's."""

import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from tests.e2e.conftest import Spoken, client
from tests.e2e.speech import SENTENCE, say
from tests.e2e.test_bazarr import ask
from tests.e2e.test_service_behaviour import post, wait_for
from tests.live_server import Server, serve_asr

RATE = 16_000


def lane(server: Server, name: str) -> dict[str, Any]:
    (engine,) = httpx.get(f"{server.url}/health").json()["queue"]["engines"]
    told: dict[str, Any] = engine[name]
    return told


def running(server: Server) -> int:
    return int(httpx.get(f"{server.url}/health").json()["running"])


@pytest.fixture(scope="module", params=["1", pytest.param("2", marks=pytest.mark.long)])
def server(tiny_ct2: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Greedy, so that transcripts can be compared; one computation at a time, so that a command and a film cannot run
    side by side, with one window or, as on a GPU, with two."""
    settings = {"ASR_TEMPERATURE": "0", "ASR_FALLBACK_ENGINES": "", "ASR_WORKERS": "1", "ASR_LANGUAGE": "en"}
    settings["ASR_BEAM_SIZE"] = "1"
    # After the text of a minute the tiny model says the same for ever.
    settings["ASR_CONDITION_ON_PREVIOUS_TEXT"] = "false"
    settings["ASR_BATCH_SIZE"] = "1"
    settings["ASR_MICRO_BATCH_SIZE"] = request.param
    with serve_asr({"ASR_MODEL": str(tiny_ct2), **settings}) as server:
        yield server


@pytest.fixture(scope="module")
def film(digits: Spoken) -> bytes:
    """Six minutes with a line every four seconds, as Bazarr sends it."""
    with wave.open(str(digits.path)) as file:
        line = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return np.resize(np.pad(line, (0, 4 * RATE - len(line))), 360 * RATE).tobytes()


def test_commands_pass_films_and_neither_changes_the_other(server: Server, film: bytes, digits: Spoken) -> None:
    alone = ask(server, "asr", film, output="srt")
    assert alone.status_code == 200
    assert alone.text.count("-->") > 60
    before = lane(server, "interactive")["units"]
    with ThreadPoolExecutor(2) as clients:
        # Each ends with another sample: the same film would be answered with what is known of it.
        films = [clients.submit(ask, server, "asr", film[:-2] + bytes([n, 0]), output="srt") for n in (1, 2)]
        wait_for(lambda: lane(server, "batch")["running"] >= 1 and running(server) == 2, "the films do not begin")
        for _ in range(5):
            assert post(server, digits.path).json()["text"] == digits.text
        assert running(server) == 2, "a film had ended: nothing was shown"
        assert {one.result(120).text for one in films} == {alone.text}
    assert lane(server, "interactive")["units"] == before + 5
    wait_for(lambda: lane(server, "batch")["requests"] == 0, "a request is kept")


def test_overload_is_told_to_the_sdk_and_passes(tiny_ct2: Path, film: bytes, digits: Spoken) -> None:
    settings = {"ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0", "QUEUE_BATCH_REQUESTS": "1"}
    with serve_asr({"ASR_MODEL": str(tiny_ct2), **settings}) as server, ThreadPoolExecutor(1) as clients:
        half = film[: 300 * RATE * 2]
        first = clients.submit(ask, server, "asr", half, language="en", output="srt")
        wait_for(lambda: running(server) == 1, "the film does not begin")
        with pytest.raises(openai.RateLimitError) as caught:
            client(server).audio.transcriptions.create(
                model="whisper-1", file=digits.path, extra_headers={"x-priority": "batch"}
            )
        assert int(caught.value.response.headers["retry-after"]) >= 1
        assert post(server, digits.path, language="en").json()["text"] == digits.text, "the other lane has room"
        assert first.result(120).status_code == 200
        assert ask(server, "asr", film[: 60 * RATE * 2], output="srt").status_code == 200


def test_a_command_passes_books(tone_server: Server) -> None:
    book = (SENTENCE + " ") * 20
    alone = say(tone_server, book, response_format="pcm").content
    quiet = say(tone_server, response_format="pcm").content
    before = lane(tone_server, "interactive")["units"]
    with ThreadPoolExecutor(6) as clients:
        books = [clients.submit(say, tone_server, book, response_format="pcm") for _ in range(6)]
        wait_for(lambda: lane(tone_server, "batch")["waiting"] >= 1, "the slots are not all taken")
        assert say(tone_server, response_format="pcm").content == quiet
        assert lane(tone_server, "batch")["requests"] == 6, "a book had ended: nothing was shown"
        assert all(one.result(120).content == alone for one in books)
    assert lane(tone_server, "interactive")["units"] == before + 1
