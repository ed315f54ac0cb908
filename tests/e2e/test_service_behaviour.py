"""What a user meets besides transcripts: fallbacks, keys, limits, streams that are left, engines that leave memory."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest

from tests.e2e.conftest import Spoken, client, write_wav
from tests.live_server import Server, serve_asr


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def post(server: Server, path: Path, **data: str) -> httpx.Response:
    return httpx.post(
        f"{server.v1}/audio/transcriptions",
        data={"model": "whisper-1", **data},
        files={"file": path.read_bytes()},
        timeout=120,
    )


def finished_films(server: Server) -> int:
    """How many transcriptions of the ten minutes ran to their end."""
    return server.log.read_text().count("transcribed 600")


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory: pytest.TempPathFactory, digits: Spoken) -> Path:
    """Ten minutes with a line every eight seconds: work for a while."""
    import wave

    with wave.open(str(digits.path)) as file:
        line = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768
    track = np.zeros(600 * 16_000, dtype=np.float32)
    for second in range(1, 590, 8):
        track[second * 16_000 : second * 16_000 + len(line)] = line
    return write_wav(tmp_path_factory.mktemp("long") / "dialogue.wav", track)


def test_an_unreachable_hub_falls_back_and_says_so_everywhere(hello: Spoken) -> None:
    # An address that refuses: what a machine without network sees.
    with serve_asr({"ASR_MODEL": "base", "HF_ENDPOINT": "http://127.0.0.1:1", "HUB_TIMEOUT_S": "2"}) as server:
        first, second = post(server, hello.path), post(server, hello.path)
        for response in (first, second):
            assert response.status_code == 200, response.text
            assert response.headers["x-voice-stack-engine"] == "moonshine"
            assert "hub" in response.headers["x-voice-stack-fallback"]
        health = httpx.get(f"{server.url}/health").json()
        assert health["state"] == "degraded"
        assert (health["engine"], health["requested_engine"]) == ("moonshine", "faster-whisper")
        warnings = [line for line in server.log.read_text().splitlines() if "WARNING" in line and "moonshine" in line]
        assert len(warnings) == 1, "the fallback is told once, not at every request"


def test_what_only_the_stand_in_cannot_do_is_no_fault_of_the_client(hello: Spoken) -> None:
    with serve_asr({"ASR_MODEL": "base", "HF_ENDPOINT": "http://127.0.0.1:1"}) as server:
        for stream in ("false", "true"):
            response = post(server, hello.path, language="de", stream=stream)
            assert response.status_code == 503, response.text
            assert "hub" in response.json()["error"]["message"]
            assert "german" in response.json()["error"]["message"]
        detection = httpx.post(
            f"{server.v1}/bazarr/detect-language", files={"audio_file": hello.path.read_bytes()}, timeout=60
        )
        assert detection.status_code == 503
        assert post(server, hello.path, model="small").status_code == 404


def test_without_fallbacks_an_unreachable_hub_is_a_clear_503(hello: Spoken) -> None:
    settings = {"ASR_MODEL": "base", "ASR_FALLBACK_ENGINES": "", "HF_ENDPOINT": "http://127.0.0.1:1"}
    with serve_asr(settings) as server:
        with pytest.raises(openai.InternalServerError) as caught:
            client(server).audio.transcriptions.create(model="whisper-1", file=hello.path)
        assert caught.value.status_code == 503
        assert caught.value.code == "engine_unavailable"
        assert "ASR_MODEL" in str(caught.value) or "MODEL_DIR" in str(caught.value)
        assert caught.value.response.headers["x-should-retry"] == "false"


def test_a_missing_gpu_means_the_cpu_and_is_told(tiny_ct2: Path, digits: Spoken) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_DEVICE": "cuda", "ASR_FALLBACK_ENGINES": ""}) as server:
        response = post(server, digits.path)
        assert response.json()["text"] == digits.text
        health = httpx.get(f"{server.url}/health").json()
        assert (health["device"], health["requested_device"]) == ("cpu", "cuda")
        assert any("WARNING" in line and "cuda" in line for line in server.log.read_text().splitlines())


def test_the_first_delta_leaves_before_the_work_is_done(whisper_server: Server, dialogue: Path) -> None:
    kinds, working_at_first = [], None
    with client(whisper_server).audio.transcriptions.create(
        model="whisper-1", file=dialogue, stream=True, language="en"
    ) as events:
        for event in events:
            if working_at_first is None:
                working_at_first = httpx.get(f"{whisper_server.url}/health").json()["running"]
            kinds.append(event.type)
    assert working_at_first == 1
    assert kinds.count("transcript.text.delta") > 10
    assert kinds[-1] == "transcript.text.done"


def test_a_stream_that_is_left_stops_the_work(whisper_server: Server, dialogue: Path) -> None:
    finished = finished_films(whisper_server)
    events = client(whisper_server).audio.transcriptions.create(
        model="whisper-1", file=dialogue, stream=True, language="en"
    )
    next(iter(events))
    events.close()
    wait_for(lambda: httpx.get(f"{whisper_server.url}/health").json()["running"] == 0, "the work goes on")
    assert finished_films(whisper_server) == finished
    assert whisper_server.children() == []


def test_a_client_that_hangs_up_stops_the_work(whisper_server: Server, dialogue: Path) -> None:
    finished = finished_films(whisper_server)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{whisper_server.v1}/audio/transcriptions",
            data={"model": "whisper-1", "language": "en"},
            files={"file": dialogue.read_bytes()},
            timeout=httpx.Timeout(30, read=0.5),
        )
    wait_for(lambda: httpx.get(f"{whisper_server.url}/health").json()["running"] == 0, "the work goes on")
    assert finished_films(whisper_server) == finished


def test_a_hundred_left_streams_leave_nothing_behind(whisper_server: Server, digits: Spoken) -> None:
    data = digits.path.read_bytes()
    post(whisper_server, digits.path)
    before = len(whisper_server.open_files())
    host, port = whisper_server.url.removeprefix("http://").split(":")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="stream"\r\n\r\ntrue\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + data + b"\r\n--b--\r\n"
    )
    head = (
        f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    ).encode()
    for number in range(100):
        with socket.create_connection((host, int(port))) as connection:
            # Some go in the middle of the upload, some after it, some after the headers of the answer.
            connection.sendall(head + (body[: len(body) * (number % 5) // 4] if number % 5 < 4 else body))
            if number % 5 == 4 and number % 2:
                connection.recv(64)
    wait_for(lambda: httpx.get(f"{whisper_server.url}/health").json()["running"] == 0, "work is left")
    wait_for(lambda: len(whisper_server.open_files()) <= before + 2, "descriptors are left")
    assert whisper_server.children() == []
    assert post(whisper_server, digits.path).json()["text"] == digits.text


def test_short_requests_pass_a_long_one(whisper_server: Server, dialogue: Path, digits: Spoken) -> None:
    long = client(whisper_server).audio.transcriptions.create(
        model="whisper-1", file=dialogue, stream=True, language="en"
    )
    next(iter(long))
    for _ in range(3):
        assert post(whisper_server, digits.path, language="en").json()["text"] == digits.text
    assert httpx.get(f"{whisper_server.url}/health").json()["running"] == 1, "the long one had ended: nothing was shown"
    long.close()


def test_a_key_is_asked_for_but_not_by_health_and_bazarr(tiny_ct2: Path, digits: Spoken) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "API_KEY": "sesame"}) as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert httpx.get(f"{server.url}/metrics").status_code == 200
        refused = post(server, digits.path)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "invalid_api_key"
        good = openai.OpenAI(base_url=server.v1, api_key="sesame", max_retries=0)
        assert good.audio.transcriptions.create(model="whisper-1", file=digits.path).text == digits.text
        bazarr = httpx.post(
            f"{server.v1}/bazarr/detect-language", files={"audio_file": digits.path.read_bytes()}, timeout=60
        )
        assert bazarr.json()["language_code"] == "en"


def test_limits_are_told_with_their_setting(tiny_ct2: Path, digits: Spoken, dialogue: Path) -> None:
    settings = {"ASR_MODEL": str(tiny_ct2), "ASR_MAX_UPLOAD_MB": "1", "ASR_MAX_AUDIO_S": "2"}
    with serve_asr(settings) as server:
        with pytest.raises(openai.APIStatusError) as caught:
            client(server).audio.transcriptions.create(model="whisper-1", file=dialogue)
        assert caught.value.status_code == 413
        assert "ASR_MAX_UPLOAD_MB" in str(caught.value)
        too_long = post(server, digits.path)
        assert too_long.status_code == 400
        assert too_long.json()["error"]["code"] == "audio_too_long"


def test_an_idle_engine_leaves_memory_and_comes_back(tiny_ct2: Path, digits: Spoken) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_IDLE_UNLOAD_S": "1"}) as server:
        assert httpx.get(f"{server.url}/health").json()["state"] == "idle"
        assert post(server, digits.path).json()["text"] == digits.text
        wait_for(lambda: httpx.get(f"{server.url}/health").json()["state"] == "idle", "the engine stays")
        assert post(server, digits.path).json()["text"] == digits.text


def test_the_log_tells_the_cost_and_never_the_text(tiny_ct2: Path, digits: Spoken) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "LOG_FORMAT": "json"}) as server:
        response = post(server, digits.path)
        text = server.log.read_text()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        cost = [line for line in lines if "rtf" in line]
        assert len(cost) == 1
        assert cost[0]["request_id"] == response.headers["x-request-id"]
        assert cost[0]["audio_s"] == pytest.approx(digits.duration, abs=0.01)
        assert digits.text not in text
        metrics = httpx.get(f"{server.url}/metrics").text
        assert 'voice_stack_asr_audio_seconds_total{engine="faster-whisper"' in metrics


def test_wrong_settings_stop_the_start_with_their_names(tmp_path: Path) -> None:
    import os
    import sys

    result = subprocess.run(
        [sys.executable, "-m", "voice_stack.cli.main", "serve", "asr"],
        env={
            "PATH": os.environ["PATH"],
            "ASR_PORT": "99999",
            "ASR_DEVICE": "gpu",
            "ASR_LANGUAGE": "klingon",
            "ASR_COMPUTE_TYPE": "int3",
            "ASR_MAX_UPLOAD_MB": "inf",
            "CORS_ORIGINS": "localhost:3000",
            "API_KEY": "  ",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode != 0
    wrong = (
        "ASR_PORT",
        "ASR_DEVICE",
        "ASR_LANGUAGE",
        "ASR_COMPUTE_TYPE",
        "ASR_MAX_UPLOAD_MB",
        "CORS_ORIGINS",
        "API_KEY",
    )
    for name in (*wrong, "99999", "klingon"):
        assert name in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("model", ["/nope/model", "tiny.enn"])
def test_a_model_that_cannot_be_stops_the_start(tmp_path: Path, model: str) -> None:
    with pytest.raises(RuntimeError, match=f"ASR_MODEL='{model}'"), serve_asr({"ASR_MODEL": model}):
        pass


def test_a_misspelt_setting_is_pointed_out(tiny_ct2: Path) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_MODLE": "tiny"}) as server:
        assert "ASR_MODLE is no setting; is ASR_MODEL meant?" in server.log.read_text()


def test_a_model_folder_may_have_any_name(tiny_ct2: Path, digits: Spoken, tmp_path: Path) -> None:
    copy = tmp_path / "модель"
    shutil.copytree(tiny_ct2, copy)
    with serve_asr({"ASR_MODEL": str(copy), "ASR_FALLBACK_ENGINES": ""}) as server:
        assert post(server, digits.path).json()["text"] == digits.text
