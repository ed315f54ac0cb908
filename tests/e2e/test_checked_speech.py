"""A service whose engine goes wrong on purpose: what clients, operators and the log are told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import client
from tests.faulty import install
from tests.live_server import Server, serve_tts

ONE = "Please leave your bags at the entrance."
TWO = f"{ONE} Nobody knew why the lights had gone out so suddenly."
CHECK = "x-voice-stack-check"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    return folder


@pytest.fixture(scope="module")
def healed(site: Path) -> Iterator[Server]:
    """Every first attempt is silent."""
    settings = {"TTS_FAULTY_WRONG": "silence", "TTS_VERIFY_FIRST_MS": "10000"}
    with serve_tts({"PYTHONPATH": str(site), "TTS_ENGINE": "faulty", **settings}) as server:
        yield server


@pytest.fixture(scope="module")
def hopeless(site: Path) -> Iterator[Server]:
    """Every attempt is silent."""
    settings = {"TTS_FAULTY_WRONG": "silence", "TTS_FAULTY_ATTEMPTS": "9", "TTS_VERIFY_FIRST_MS": "10000"}
    with serve_tts({"PYTHONPATH": str(site), "TTS_ENGINE": "faulty", **settings}) as server:
        yield server


def metric(server: Server, name: str, **labels: str) -> float:
    for line in httpx.get(f"{server.url}/metrics").text.splitlines():
        found = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line)
        if found and found[1] == name and all(f'{key}="{value}"' in found[2] for key, value in labels.items()):
            return float(found[3])
    return 0.0


def test_a_sentence_that_another_attempt_healed_says_so(healed: Server) -> None:
    before = metric(healed, "voice_stack_tts_check_retries_total")
    raw = client(healed).audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input=ONE)
    assert raw.headers[CHECK] == "retried 1 of 1"
    assert metric(healed, "voice_stack_tts_check_retries_total", engine="faulty") == before + 1
    assert metric(healed, "voice_stack_tts_checks_total", outcome="retried") >= 1
    assert metric(healed, "voice_stack_tts_check_faults_total", fault="silent") >= 1
    assert metric(healed, "voice_stack_tts_check_seconds_total") > 0


def test_another_attempt_takes_a_turn_of_its_own(healed: Server) -> None:
    def units() -> int:
        (queue,) = httpx.get(f"{healed.url}/health").json()["queue"]["engines"]
        return int(queue["interactive"]["units"])

    client(healed).audio.speech.create(model="tts-1", voice="alloy", input=ONE)
    before = units()
    client(healed).audio.speech.create(model="tts-1", voice="alloy", input=ONE)
    assert units() - before == 2


def test_what_is_accepted_in_spite_is_told_in_header_metric_and_log(hopeless: Server) -> None:
    raw = client(hopeless).audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input=ONE)
    assert raw.headers[CHECK] == "accepted 1 of 1: silent"
    assert raw.parse().read()
    assert metric(hopeless, "voice_stack_tts_checks_total", outcome="accepted", model="faulty-1") >= 1
    log = hopeless.log.read_text()
    assert "a sentence is accepted with silent after attempts: 3" in log
    assert "leave your bags" not in log


def test_events_end_with_the_checks_and_the_sdk_reads_them(hopeless: Server) -> None:
    with client(hopeless).audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TWO, response_format="pcm", stream_format="sse"
    ) as response:
        assert CHECK not in response.headers, "headers go before the sound"
        events = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    done = events[-1]
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] > 0
    assert done["check"] == {
        "passed": False,
        "sentences": 2,
        "outcomes": {"accepted": 2},
        "faults": {"silent": 2},
        "retries": 4,
    }


def test_the_result_of_a_job_has_the_header_though_it_came_in_pieces(hopeless: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": f"{TWO} [pause:500ms] {TWO}"}
    answer = httpx.post(
        f"{hopeless.v1}/audio/speech", json=body, headers={"prefer": "respond-async, wait=60"}, timeout=90
    )
    assert answer.status_code == 200
    assert answer.headers[CHECK].startswith("accepted ")


def test_clean_speech_and_engines_that_are_not_checked(site: Path) -> None:
    with serve_tts({"PYTHONPATH": str(site), "TTS_ENGINE": "faulty"}) as server:
        raw = client(server).audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input=ONE)
        assert raw.headers[CHECK] == "passed"
        raw = client(server).audio.speech.with_raw_response.create(model="espeak", voice="alloy", input=ONE)
        assert raw.headers["x-voice-stack-engine"] == "espeak"
        assert CHECK not in raw.headers


def test_a_word_that_is_not_said_is_heard_by_the_recogniser(site: Path) -> None:
    """Moonshine, in this process, reads back what is spoken."""
    settings = {
        "TTS_FAULTY_WRONG": "dropped",
        "TTS_VERIFY": "asr",
        "TTS_ASR": "embedded",
        "ASR_ENGINE": "moonshine",
        "TTS_VERIFY_FIRST_MS": "10000",
    }
    with serve_tts({"PYTHONPATH": str(site), "TTS_ENGINE": "faulty", **settings}) as server:
        client(server).audio.speech.create(model="tts-1", voice="alloy", input="The boat drifted down the river.")
        assert metric(server, "voice_stack_tts_check_retries_total") >= 1
        assert metric(server, "voice_stack_tts_check_unheard_total") == 0
