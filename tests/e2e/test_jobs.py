"""Jobs as a client of both services meets them."""

import io
import json
import os
import stat
import wave
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import Spoken, write_wav
from tests.e2e.speech import SENTENCE, say
from tests.e2e.test_bazarr import ask, raw_pcm
from tests.e2e.test_job_kills import lasting_headers
from tests.e2e.test_service_behaviour import wait_for
from tests.live_server import TONE, Server, serve_asr, serve_tts

ASYNC = {"prefer": "respond-async"}
LONG = (SENTENCE + " ") * 80


def whisper_settings(tiny_ct2: Path) -> dict[str, str]:
    return {"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0", "ASR_LANGUAGE": "en"}


@pytest.fixture(scope="module")
def whisper(tiny_ct2: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    data = tmp_path_factory.mktemp("data")
    with serve_asr({**whisper_settings(tiny_ct2), "DATA_DIR": str(data)}) as server:
        yield server, data


@pytest.fixture(scope="module")
def film(digits: Spoken) -> bytes:
    """Ten minutes of headerless PCM with a line every eight seconds: work for a few seconds."""
    with wave.open(str(digits.path)) as file:
        line = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    track = np.zeros(600 * 16_000, dtype="<i2")
    for second in range(1, 590, 8):
        track[second * 16_000 : second * 16_000 + len(line)] = line
    return track.tobytes()


def accepted(answer: httpx.Response, server: Server) -> str:
    """The job's address."""
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] in ("queued", "running", "completed")
    return server.url + answer.headers["location"]


def finished(job: str) -> dict[str, Any]:
    states: list[dict[str, Any]] = []

    def over() -> bool:
        states.append(httpx.get(job, timeout=30).json())
        return states[-1]["status"] not in ("queued", "running")

    wait_for(over, "the job does not end")
    return states[-1]


def upload(
    server: Server, route: str, audio: bytes, headers: dict[str, str] | None = None, /, **data: str
) -> httpx.Response:
    return httpx.post(
        f"{server.v1}/audio/{route}",
        data={"model": "whisper-1", **data},
        files={"file": ("a.wav", audio)},
        headers=headers or {},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("transcriptions", {"response_format": "verbose_json", "timestamp_granularities[]": "word"}),
        ("transcriptions", {"response_format": "srt"}),
        ("transcriptions", {}),
        ("translations", {"response_format": "text"}),
        ("transcriptions/verbose", {}),
    ],
)
def test_a_transcript_that_comes_later_is_the_very_answer(
    whisper: tuple[Server, Path], digits: Spoken, route: str, fields: dict[str, str]
) -> None:
    server, _ = whisper
    audio = digits.path.read_bytes()
    alone = upload(server, route, audio, **fields)
    answer = upload(server, route, audio, ASYNC, **fields)
    assert answer.headers["preference-applied"] == "respond-async"
    job = accepted(answer, server)
    state = finished(job)
    assert state["status"] == "completed"
    assert state["progress"]["total_seconds"] == pytest.approx(digits.duration, abs=0.01)
    result = httpx.get(f"{job}/result")
    assert (result.status_code, lasting_headers(result)) == (alone.status_code, lasting_headers(alone))
    if route.endswith("verbose"):
        of_the_moment = {"inference_seconds", "waiting_seconds", "real_time_factor"}
        kept = [{k: v for k, v in body.json().items() if k not in of_the_moment} for body in (result, alone)]
        assert kept[0] == kept[1]
    else:
        assert result.content == alone.content


def test_bazarr_may_be_answered_later_too(whisper: tuple[Server, Path], digits: Spoken) -> None:
    server, _ = whisper
    alone = ask(server, "asr", raw_pcm(digits.path), output="srt")
    job = accepted(ask(server, "asr", raw_pcm(digits.path), output="srt", **{"async": "true"}), server)
    finished(job)
    assert httpx.get(f"{job}/result").content == alone.content


@pytest.mark.parametrize("audio_format", ["mp3", "wav"])
def test_speech_that_comes_later_is_the_very_answer(tone_server: Server, audio_format: str) -> None:
    fields = {"response_format": audio_format, "speed": 1.25}
    alone = say(tone_server, LONG[:400], **fields)
    body = {"model": "tts-1", "voice": "alloy", "input": LONG[:400], **fields}
    job = accepted(httpx.post(f"{tone_server.v1}/audio/speech?async=true", json=body), tone_server)
    state = finished(job)
    assert state["progress"]["fraction"] == 1.0
    result = httpx.get(f"{job}/result")
    assert result.content == alone.content
    assert lasting_headers(result) == lasting_headers(alone)


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": "nobody's"}, 404, "model"),
        ({"temperature": "9"}, 400, "temperature"),
        ({"stream": "maybe"}, 400, "stream"),
        ({"audio": "no sound at all"}, 400, "file"),
    ],
)
def test_a_bad_transcription_is_refused_before_it_is_accepted(
    whisper: tuple[Server, Path], digits: Spoken, fields: dict[str, str], status: int, param: str
) -> None:
    server, _ = whisper
    audio = fields.pop("audio", "").encode() or digits.path.read_bytes()
    answer = upload(server, "transcriptions", audio, ASYNC, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": "nobody's"}, 404, "model"),
        ({"voice": "nobody"}, 404, "voice"),
        ({"speed": 9}, 400, "speed"),
        ({"input": "<speak>"}, 400, "input"),
    ],
)
def test_bad_speech_is_refused_before_it_is_accepted(
    tone_server: Server, fields: dict[str, object], status: int, param: str
) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello."} | fields
    answer = httpx.post(f"{tone_server.v1}/audio/speech", json=body, headers=ASYNC)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_a_stream_is_for_who_waits(tone_server: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello.", "stream_format": "sse"}
    streamed = httpx.post(f"{tone_server.v1}/audio/speech", json=body, headers=ASYNC)
    assert streamed.status_code == 200
    assert "preference-applied" not in streamed.headers
    asked = httpx.post(f"{tone_server.v1}/audio/speech?async=true", json=body)
    assert (asked.status_code, asked.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")


def transcribed(server: Server) -> int:
    return server.log.read_text().count("transcribed 600")


def test_three_tries_of_bazarr_cost_one(whisper: tuple[Server, Path], film: bytes) -> None:
    server, _ = whisper
    before = transcribed(server)
    params = {"encode": "false", "output": "srt", "language": "en"}
    for _ in range(2):  # a client that gives up before its answer has come
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{server.v1}/bazarr/asr",
                params={**params, "video_file": "/old/place.mkv"},
                files={"audio_file": film},
                timeout=httpx.Timeout(30, read=0.3),
            )
    third = ask(server, "asr", film, output="srt", language="en")  # with another video_file
    assert third.status_code == 200
    assert third.text.count("-->") > 5
    assert transcribed(server) == before + 1
    assert ask(server, "asr", film, output="srt", language="en").content == third.content, "just finished"
    assert transcribed(server) == before + 1


def test_a_cancelled_job_leaves_nothing(whisper: tuple[Server, Path], film: bytes) -> None:
    server, data = whisper
    upload(server, "transcriptions", film[:64_000], ASYNC)  # what is opened once is open
    files = len(server.open_files())
    kept = {path.name for path in (data / "jobs/asr/accepted").iterdir()}
    job = accepted(ask(server, "asr", film[:-2], output="vtt", **{"async": "1"}), server)
    wait_for(lambda: httpx.get(job).json()["progress"]["processed_seconds"] > 0, "it does not begin")
    assert httpx.delete(job).status_code in (200, 202)
    assert finished(job)["status"] == "cancelled"
    assert httpx.get(f"{job}/result").status_code == 410
    wait_for(lambda: httpx.get(f"{server.url}/health").json()["running"] == 0, "work is left")
    health = httpx.get(f"{server.url}/health").json()
    assert health["waiting"] == 0
    wait_for(lambda: httpx.get(f"{server.url}/health").json()["queue"]["batch"]["requests"] == 0, "a request is kept")
    assert server.children() == []
    wait_for(lambda: len(server.open_files()) <= files + 2, "descriptors are left")
    assert {path.name for path in (data / "jobs/asr/accepted").iterdir()} == kept
    assert list((data / "jobs/asr/incoming").iterdir()) == []


def test_the_events_tell_of_the_progress(whisper: tuple[Server, Path], film: bytes) -> None:
    server, _ = whisper
    job = accepted(ask(server, "asr", film[:-4], output="vtt", **{"async": "1"}), server)
    with httpx.stream("GET", f"{job}/events", timeout=60) as stream:
        events = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]
    assert events[-1]["type"] == "job.completed"
    done = [event["job"]["progress"]["processed_seconds"] for event in events]
    assert done == sorted(done)
    assert any(0 < seconds < 600 for seconds in done)


def test_what_jobs_keep_is_for_nobody_else(whisper: tuple[Server, Path], digits: Spoken) -> None:
    server, data = whisper
    finished(accepted(upload(server, "transcriptions", digits.path.read_bytes(), ASYNC), server))
    for folder, _, names in os.walk(data / "jobs" / "asr"):
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700, folder
        for name in names:
            assert stat.S_IMODE((Path(folder) / name).stat().st_mode) == 0o600, name


def test_health_and_metrics_tell_of_the_jobs(whisper: tuple[Server, Path], digits: Spoken) -> None:
    server, _ = whisper
    finished(accepted(upload(server, "transcriptions", digits.path.read_bytes(), ASYNC), server))
    wait_for(lambda: httpx.get(f"{server.url}/health").json()["jobs"]["completed"] >= 1, "it is not counted")
    assert httpx.get(f"{server.url}/health").json()["jobs"]["state"] == "ready"
    assert "voice_stack_asr_jobs_available 1.0" in httpx.get(f"{server.url}/metrics").text


def batch_of(answer: httpx.Response, server: Server) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    batch = server.url + answer.headers["location"]
    wait_for(lambda: httpx.get(batch).json()["status"] == "completed", "the batch does not end")
    body: dict[str, Any] = httpx.get(batch).json()
    return body


def several(digits: Spoken, german: Spoken) -> dict[str, Any]:
    files = {"one.wav": digits.path.read_bytes(), "notes.txt": b"no sound", "zwei.wav": german.path.read_bytes()}
    return {"files": [("file", (name, data)) for name, data in files.items()]}


def one_zip(digits: Spoken, german: Spoken) -> dict[str, Any]:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one.wav", digits.path.read_bytes())
        archive.writestr("notes.txt", b"no sound")
        archive.writestr("zwei.wav", german.path.read_bytes())
    return {"files": {"file": ("season.zip", file.getvalue())}}


@pytest.mark.parametrize("make", [several, one_zip])
def test_many_files_in_one_call(
    whisper: tuple[Server, Path], digits: Spoken, german: Spoken, make: Callable[[Spoken, Spoken], dict[str, Any]]
) -> None:
    server, _ = whisper
    data = {"model": "whisper-1", "response_format": "text"}
    answer = httpx.post(f"{server.v1}/audio/transcriptions/batch", data=data, timeout=60, **make(digits, german))
    items = batch_of(answer, server)["items"]
    assert [item["name"] for item in items] == ["one.wav", "notes.txt", "zwei.wav"]
    assert [item["status"] for item in items] == ["completed", "failed", "completed"]
    assert items[1]["error"]["code"] == "invalid_audio"
    result = httpx.get(server.url + items[0]["job"]["links"]["result"])
    assert result.text.strip() == digits.text


@pytest.mark.parametrize(
    ("data", "files", "status", "param"),
    [
        ({"model": "whisper-1"}, {"other": b"x"}, 400, "file"),
        ({"model": "nobody's"}, {"file": b"x"}, 404, "model"),
        ({"model": "whisper-1", "stream": "true"}, {"file": b"x"}, 400, "stream"),
        ({"model": "whisper-1"}, {"file": b"PK\x03\x04broken"}, 400, "file"),
    ],
)
def test_what_is_wrong_with_all_of_a_batch_is_told_at_once(
    whisper: tuple[Server, Path], data: dict[str, str], files: dict[str, bytes], status: int, param: str
) -> None:
    answer = httpx.post(f"{whisper[0].v1}/audio/transcriptions/batch", data=data, files=files, timeout=60)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_many_texts_in_one_call(tone_server: Server) -> None:
    good = {"model": "tts-1", "voice": "alloy", "response_format": "wav"}
    lines = [
        json.dumps({**good, "input": "Chapter one.", "custom_id": "one"}),
        "{no JSON",
        json.dumps({**good, "input": "Chapter three.", "voice": "nobody", "custom_id": "three"}),
        json.dumps({**good, "input": "Again.", "custom_id": "one"}),
        json.dumps({**good, "input": "Chapter five."}),
    ]
    items = batch_of(
        httpx.post(f"{tone_server.v1}/audio/speech/batch", content="\n".join(lines).encode()), tone_server
    )["items"]
    assert [item["name"] for item in items] == ["one", "line 2", "three", "one", "line 5"]
    assert [item["status"] for item in items] == ["completed", "failed", "failed", "failed", "completed"]
    assert items[2]["error"]["code"] == "voice_not_found"
    result = httpx.get(tone_server.url + items[0]["job"]["links"]["result"])
    assert result.content == say(tone_server, "Chapter one.", response_format="wav").content


def test_a_stop_in_the_middle_loses_nothing(tiny_ct2: Path, film: bytes, tmp_path: Path) -> None:
    settings = {**whisper_settings(tiny_ct2), "DATA_DIR": str(tmp_path)}
    with serve_asr(settings) as server:
        job = accepted(ask(server, "asr", film, output="srt", **{"async": "true"}), server)
        wait_for(lambda: httpx.get(job).json()["progress"]["processed_seconds"] > 100, "it does not begin")
        server.process.terminate()
        server.process.wait(30)
        assert "Traceback" not in server.log.read_text()
    with serve_asr(settings) as server:
        job = f"{server.v1}/jobs/{job.rpartition('/')[2]}"
        assert finished(job)["status"] == "completed"
        assert httpx.get(f"{job}/result").content == ask(server, "asr", film, output="srt").content


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_folder_is_no_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    without_jobs({"DATA_DIR": str(tmp_path)})


def test_a_folder_that_cannot_be_keeps_nobody_who_waits(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file in its place")
    without_jobs({"DATA_DIR": str(tmp_path / "data")})


def without_jobs(settings: dict[str, str]) -> None:
    with serve_tts({**TONE, **settings}) as server:
        assert say(server).status_code == 200
        body = {"model": "tts-1", "voice": "alloy", "input": "Hello."}
        for answer in (
            httpx.post(f"{server.v1}/audio/speech", json=body, headers=ASYNC),
            httpx.post(f"{server.v1}/audio/speech/batch", content=json.dumps(body)),
            httpx.get(f"{server.v1}/jobs"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "jobs_unavailable")
            assert "DATA_DIR" in answer.json()["error"]["message"]
            assert answer.headers["x-should-retry"] == "false"
        jobs = httpx.get(f"{server.url}/health").json()["jobs"]
        assert jobs["state"] == "unavailable"
        assert "DATA_DIR" in jobs["reason"]


def test_a_second_service_on_the_same_folder_serves_who_waits(
    whisper: tuple[Server, Path], tiny_ct2: Path, digits: Spoken
) -> None:
    _, data = whisper
    with serve_asr({**whisper_settings(tiny_ct2), "DATA_DIR": str(data)}) as second:
        assert "another process" in httpx.get(f"{second.url}/health").json()["jobs"]["reason"]
        assert upload(second, "transcriptions", digits.path.read_bytes()).json()["text"] == digits.text
        assert digits.text in ask(second, "asr", raw_pcm(digits.path), output="txt").text, "Bazarr is served too"
        assert upload(second, "transcriptions", digits.path.read_bytes(), ASYNC).status_code == 503


def test_a_full_disk_share_is_a_507_and_bazarr_is_served(tiny_ct2: Path, digits: Spoken) -> None:
    with serve_asr({**whisper_settings(tiny_ct2), "JOB_SPOOL_MB": "0.06"}) as server:
        refused = upload(server, "transcriptions", digits.path.read_bytes(), ASYNC)
        assert refused.status_code in (413, 507)
        assert "JOB_SPOOL_MB" in refused.json()["error"]["message"]
        assert digits.text in ask(server, "asr", raw_pcm(digits.path), output="txt").text


def test_jobs_at_once_get_their_own_answers(whisper: tuple[Server, Path], digits: Spoken, tmp_path: Path) -> None:
    server, _ = whisper
    with wave.open(str(digits.path)) as file:
        line = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768

    def work(number: int) -> tuple[float, str]:
        path = write_wav(tmp_path / f"{number}.wav", np.concatenate([line, np.zeros(1600 * number, np.float32)]))
        fields = {"response_format": "verbose_json"}
        job = accepted(upload(server, "transcriptions", path.read_bytes(), ASYNC, **fields), server)
        finished(job)
        body = httpx.get(f"{job}/result").json()
        return body["duration"], body["text"]

    with ThreadPoolExecutor(8) as clients:
        for number, (duration, text) in enumerate(clients.map(work, range(8))):
            assert duration == pytest.approx(digits.duration + number / 10, abs=0.01)
            assert text == digits.text
