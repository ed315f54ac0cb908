"""A client in the shape of Bazarr's Whisper provider: raw PCM, a 5 s connect timeout."""

import json
import re
import subprocess
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import Spoken
from tests.live_server import Server, serve_asr

# As the provider sends it: connect 5 s, which also bounds each write of the body, read 3600 s.
TIMEOUT = httpx.Timeout(3600, connect=5, write=5)


def raw_pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        frames: bytes = file.readframes(file.getnframes())
        return frames


def ask(server: Server, route: str, pcm: bytes, **params: str) -> httpx.Response:
    """The first of Bazarr's three tries: a connection that fails costs its user a day, so none may."""
    return httpx.post(
        f"{server.v1}/bazarr/{route}",
        params={"encode": "false", "video_file": "/films/Some Film (1999)/film.mkv", **params},
        files={"audio_file": pcm},
        timeout=TIMEOUT,
    )


def language_as_bazarr_reads_it(response: httpx.Response) -> str:
    """The code of the language; KeyError where the provider would fail and be given up for ten minutes."""
    results = response.json()
    assert results["detected_language"]
    return str(results["language_code"])


def cues(srt: str) -> list[tuple[str, str]]:
    return re.findall(r"(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})", srt)


def test_the_test_button_finds_a_version(whisper_server: Server) -> None:
    body = httpx.get(f"{whisper_server.url}/status").json()
    assert isinstance(body["version"], str)


def test_raw_pcm_becomes_an_srt_file(whisper_server: Server, digits: Spoken) -> None:
    response = ask(whisper_server, "asr", raw_pcm(digits.path), task="transcribe", language="en", output="srt")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["asr-engine"] == "faster-whisper"
    assert response.text.startswith("1\n00:00:0")
    assert digits.text in response.text
    assert response.text.endswith("\n\n")


@pytest.mark.parametrize("output", ["txt", "vtt", "srt", "tsv", "json", "jsonl"])
def test_every_output_holds_the_text(whisper_server: Server, digits: Spoken, output: str) -> None:
    response = ask(whisper_server, "asr", raw_pcm(digits.path), output=output, word_timestamps="true")
    assert response.status_code == 200, response.text
    if output == "json":
        assert response.json()["text"] == digits.text
        assert response.json()["language"] == "en"
        assert response.json()["segments"][0]["words"]
    elif output == "jsonl":
        assert json.loads(response.text.splitlines()[0])["text"].strip() == digits.text
    else:
        assert digits.text in response.text


def test_a_container_is_taken_with_encode_true(whisper_server: Server, digits: Spoken) -> None:
    response = httpx.post(
        f"{whisper_server.v1}/bazarr/asr",
        params={"output": "txt"},
        files={"audio_file": digits.path.read_bytes()},
        timeout=TIMEOUT,
    )
    assert response.text == digits.text + "\n"


def test_pcm_without_encode_false_is_told_so(whisper_server: Server, digits: Spoken) -> None:
    response = ask(whisper_server, "asr", raw_pcm(digits.path), encode="true", output="srt")
    assert response.status_code == 400
    assert "-->" not in response.text, "Bazarr would save this error as a subtitle"
    assert response.json()["error"]["code"] == "invalid_audio"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"output": "doc"}, "output"),
        ({"task": "summarise"}, "task"),
        ({"language": "klingon"}, "language"),
        ({"encode": "maybe"}, "encode"),
        ({"word_timestamps": "perhaps"}, "word_timestamps"),
    ],
)
def test_a_bad_parameter_is_named(whisper_server: Server, params: dict[str, str], param: str) -> None:
    response = ask(whisper_server, "asr", b"\0\0" * 1600, **params)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


def test_the_language_is_detected_with_its_confidence(whisper_server: Server, german: Spoken) -> None:
    body = ask(whisper_server, "detect-language", raw_pcm(german.path)).json()
    assert body["detected_language"] == "german"
    assert body["language_code"] == "de"
    assert 0 < body["confidence"] <= 1


def test_detection_listens_where_it_is_told(whisper_server: Server, german: Spoken, digits: Spoken) -> None:
    silence = b"\0\0" * 16_000 * 5
    track = raw_pcm(digits.path) + silence + raw_pcm(german.path)
    offset = str(digits.duration + 4.5)
    body = ask(whisper_server, "detect-language", track, detect_lang_offset=offset, detect_lang_length="10").json()
    assert body["language_code"] == "de"
    late = ask(whisper_server, "detect-language", track, detect_lang_offset="9000")
    assert late.status_code == 400
    assert language_as_bazarr_reads_it(late) == "und"


def test_an_engine_that_cannot_detect_says_so(moonshine_server: Server, hello: Spoken) -> None:
    response = ask(moonshine_server, "detect-language", raw_pcm(hello.path))
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unsupported"
    assert language_as_bazarr_reads_it(response) == "und"


@pytest.mark.parametrize(
    ("params", "files", "param"),
    [
        ({}, {"audio_file": b""}, "file"),
        ({"encode": "true"}, {"audio_file": b"no sound"}, "file"),
        ({}, {"other": b"\0\0"}, "audio_file"),
        ({"encode": "maybe"}, {"audio_file": b"\0\0"}, "encode"),
        ({"detect_lang_length": "long"}, {"audio_file": b"\0\0"}, "detect_lang_length"),
        ({"audio_track": "3"}, {"audio_file": b"\0\0"}, "audio_track"),
        ({}, None, None),
    ],
)
def test_no_error_of_the_detection_keeps_bazarr_from_all_films(
    moonshine_server: Server, params: dict[str, str], files: dict[str, bytes] | None, param: str | None
) -> None:
    url = f"{moonshine_server.v1}/bazarr/detect-language"
    response = httpx.post(url, params={"encode": "false", **params}, files=files, timeout=TIMEOUT)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert language_as_bazarr_reads_it(response) == "und"


def test_who_is_asked_for_a_key_is_told_in_that_shape_too() -> None:
    with serve_asr({"ASR_ENGINE": "moonshine", "API_KEY": "k", "ASR_BAZARR_REQUIRE_KEY": "true"}) as server:
        response = ask(server, "detect-language", b"\0\0")
        assert response.status_code == 401
        assert language_as_bazarr_reads_it(response) == "und"
        assert response.json()["error"]["code"] == "invalid_api_key"
        assert list(ask(server, "asr", b"\0\0").json()) == ["error"]


@pytest.mark.parametrize("language", ["und", "", "en-US", "eng"])
def test_every_parameter_may_be_empty_and_languages_have_many_codes(
    moonshine_server: Server, hello: Spoken, language: str
) -> None:
    empty = dict.fromkeys(("task", "initial_prompt", "word_timestamps", "vad_filter", "audio_track"), "")
    response = ask(moonshine_server, "asr", raw_pcm(hello.path), language=language, output="srt", **empty)
    assert hello.text in response.text
    assert cues(response.text)
    assert ask(moonshine_server, "asr", raw_pcm(hello.path), output="").text == hello.text + "\n"


def test_detection_takes_empty_bounds_for_its_own(whisper_server: Server, german: Spoken) -> None:
    bounds = {"detect_lang_length": "", "detect_lang_offset": "", "audio_track": ""}
    assert ask(whisper_server, "detect-language", raw_pcm(german.path), **bounds).json()["language_code"] == "de"


@pytest.fixture
def film_server(tiny_ct2: Path) -> Iterator[Server]:
    """Short pieces and no text before them: long dense sound leads a model as small as the tests' astray."""
    settings = {"ASR_CHUNK_S": "30", "ASR_CONDITION_ON_PREVIOUS_TEXT": "false", "ASR_FALLBACK_ENGINES": ""}
    with serve_asr({"ASR_MODEL": str(tiny_ct2), **settings}) as server:
        yield server


def test_a_film_gets_subtitles_to_its_end_while_detection_answers(
    film_server: Server, digits: Spoken, german: Spoken
) -> None:
    # 20 minutes: silence with a line of dialogue every two minutes, as one body without a container.
    line, minutes = raw_pcm(digits.path), 20
    track = np.zeros(minutes * 60 * 16_000, dtype="<i2")
    spoken = np.frombuffer(line, dtype="<i2")
    for second in range(5, minutes * 60 - 10, 120):
        track[second * 16_000 : second * 16_000 + len(spoken)] = spoken
    answers: list[httpx.Response] = []
    film = threading.Thread(
        target=lambda: answers.append(ask(film_server, "asr", track.tobytes(), language="en", output="srt"))
    )
    film.start()
    detections = []
    while film.is_alive():
        detections.append(ask(film_server, "detect-language", raw_pcm(german.path)).json()["language_code"])
        assert httpx.get(f"{film_server.url}/health", timeout=5).status_code == 200
    film.join()
    assert len(detections) > 3
    assert set(detections) == {"de"}
    assert answers[0].status_code == 200
    found = cues(answers[0].text)
    starts = [int(s[3:5]) * 60 + float(s[6:].replace(",", ".")) for s, _ in found]
    wanted = list(range(5, minutes * 60 - 10, 120))
    assert [min(wanted, key=lambda w: abs(w - s)) for s in starts] == wanted
    assert all(abs(s - w) < 1.5 for s, w in zip(starts, wanted, strict=True)), starts


def test_no_child_is_left(whisper_server: Server, digits: Spoken, tmp_path: Path) -> None:
    video = tmp_path / "a.mka"
    from voice_stack.audio.ffmpeg import ffmpeg_path

    subprocess.run([ffmpeg_path(), "-v", "error", "-i", str(digits.path), "-c:a", "flac", str(video)], check=True)
    response = httpx.post(
        f"{whisper_server.v1}/bazarr/asr", params={"output": "txt"}, files={"audio_file": video.read_bytes()}
    )
    assert response.text == digits.text + "\n"
    assert whisper_server.children() == []
