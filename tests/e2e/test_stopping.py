"""Stopping in the middle of everything: soon, with an answer for everyone, and without a traceback."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live_server import Server, serve_asr


@pytest.fixture
def server(tiny_ct2: Path) -> Iterator[Server]:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_LANGUAGE": "en", "ASR_FALLBACK_ENGINES": ""}) as server:
        yield server


def hour(folder: Path) -> Path:
    """An hour of noise, as raw PCM: nothing but work."""
    import numpy as np

    path = folder / "hour.pcm"
    minute = (np.random.default_rng(0).normal(0, 3000, 16_000 * 60)).astype("<i2").tobytes()
    with path.open("wb") as file:
        for _ in range(60):
            file.write(minute)
    return path


def stop(server: Server) -> str:
    """Tell it to stop and wait until it has; its log."""
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(15)
    return server.log.read_text()


def wait_until_running(server: Server, count: int) -> None:
    pause = threading.Event()
    for _ in range(600):
        if httpx.get(f"{server.url}/health", timeout=5).json()["running"] == count:
            return
        pause.wait(0.05)
    raise AssertionError("the work does not begin")


def test_work_under_way_ends_with_a_503(server: Server, tmp_path: Path) -> None:
    answers: list[httpx.Response] = []
    body = hour(tmp_path).read_bytes()

    def ask() -> None:
        params = {"encode": "false", "output": "srt", "vad_filter": "false"}
        answers.append(httpx.post(f"{server.v1}/bazarr/asr", params=params, files={"audio_file": body}, timeout=60))

    client = threading.Thread(target=ask)
    client.start()
    wait_until_running(server, 1)
    log = stop(server)
    client.join()
    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "stopping"
    assert "Traceback" not in log


def test_a_stream_ends_with_an_error_event(server: Server, tmp_path: Path) -> None:
    import wave

    path = tmp_path / "noise.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(hour(tmp_path).read_bytes()[: 16_000 * 2 * 600])
    # A threshold of zero takes noise for speech.
    data = {"model": "whisper-1", "stream": "true", "chunking_strategy": '{"type":"server_vad","threshold":0}'}
    lines: list[str] = []
    url = f"{server.v1}/audio/transcriptions"
    with path.open("rb") as upload, httpx.stream("POST", url, data=data, files={"file": upload}, timeout=60) as answer:
        assert answer.status_code == 200
        stopper = threading.Thread(target=stop, args=(server,))
        stopper.start()
        lines += answer.iter_lines()
        stopper.join()
    errors = [line for line in lines if line.startswith("data:") and "error" in json.loads(line[5:])]
    assert json.loads(errors[-1][5:])["error"]["code"] == "stopping"
    assert "Traceback" not in server.log.read_text()


def test_half_an_upload_does_not_hold_it_up(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        )
        log = stop(server)
    assert "Traceback" not in log


def test_a_model_that_does_not_come_does_not_hold_it_up() -> None:
    # A hub that accepts connections and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = {"ASR_MODEL": "tiny", "HF_ENDPOINT": hub, "HUB_TIMEOUT_S": "500", "ASR_FALLBACK_ENGINES": ""}
        with serve_asr(settings) as server:
            answers: list[httpx.Response] = []
            data = Path(__file__).parents[1].joinpath("fixtures", "hello.wav").read_bytes()
            client = threading.Thread(
                target=lambda: answers.append(
                    httpx.post(
                        f"{server.v1}/audio/transcriptions",
                        data={"model": "whisper-1"},
                        files={"file": data},
                        timeout=60,
                    )
                )
            )
            client.start()
            wait_until_running(server, 1)
            log = stop(server)
            client.join()
            assert answers[0].status_code == 503
            assert "Traceback" not in log
