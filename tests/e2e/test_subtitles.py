"""Subtitles of real speech over every route that gives them, from a real Whisper."""

import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pysubs2
import pytest
import webvtt

from benchmarks.recognition_quality.material import decoded, entries
from benchmarks.subtitles import figures
from tests.cli.test_main import voice_stack
from tests.conftest import RealModel
from tests.e2e.conftest import Spoken, client, write_wav
from tests.e2e.test_bazarr import ask, raw_pcm
from tests.live_server import Server, serve_asr
from voice_stack.text.subtitles import Cue


@pytest.fixture(scope="module")
def whisper(real_model: RealModel) -> Path:
    return real_model("whisper-base")


@pytest.fixture(scope="module")
def real(whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"ASR_MODEL": str(whisper), "ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0"}
    with serve_asr({**settings, "DATA_DIR": str(tmp_path_factory.mktemp("data"))}) as server:
        yield server


@pytest.fixture(scope="module")
def film(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of a minute: a sentence or two, of which a recogniser makes a segment or two."""
    long = next(entry["path"] for entry in entries(corpus) if entry["kind"] == "asr" and entry["duration_s"] > 12)
    return write_wav(tmp_path_factory.mktemp("film") / "film.wav", decoded(corpus / long))


def read(srt: str) -> list[Cue]:
    return [
        Cue(event.start / 1000, event.end / 1000, event.plaintext, lines=tuple(event.plaintext.split("\n")))
        for event in pysubs2.SSAFile.from_string(srt, "srt")
    ]


def words_of(cues: list[Cue]) -> list[str]:
    return re.findall(r"\w+", " ".join(cue.text for cue in cues).lower())


@pytest.fixture(scope="module")
def by_bazarr(real: Server, film: Path) -> str:
    answer = ask(real, "asr", raw_pcm(film), task="transcribe", language="en", output="srt")
    assert answer.status_code == 200
    return answer.text


@pytest.fixture(scope="module")
def segments(real: Server, film: Path) -> str:
    return ask(real, "asr", raw_pcm(film), language="en", output="srt", subtitle_profile="none").text


def test_bazarr_gets_subtitles_that_can_be_read(segments: str, by_bazarr: str) -> None:
    one, other = figures(read(segments)), figures(read(by_bazarr))
    assert one.wide, "else there is nothing to see"
    assert (other.wide, other.tall, other.long, other.orphans) == (0, 0, 0, 0)
    assert other.subtitles > one.subtitles
    assert len(words_of(read(by_bazarr))) > 30


def test_a_second_try_gets_the_same_and_numbers_count(real: Server, film: Path, by_bazarr: str) -> None:
    asked = {"task": "transcribe", "language": "en", "output": "srt"}
    assert ask(real, "asr", raw_pcm(film), **asked).text == by_bazarr
    narrow = read(ask(real, "asr", raw_pcm(film), **asked, max_line_width="25", start_offset="10").text)
    assert max(len(line) for cue in narrow for line in cue.lines) <= 25
    assert narrow[0].start == pytest.approx(read(by_bazarr)[0].start + 10, abs=0.01)
    assert words_of(narrow) == words_of(read(by_bazarr))


def test_the_sdk_asks_for_a_profile_and_gets_segments_without(
    real: Server, film: Path, segments: str, by_bazarr: str
) -> None:
    openai = client(real)
    asked = {"model": "whisper-1", "file": film, "language": "en"}
    plain = openai.audio.transcriptions.create(**asked, response_format="srt")  # type: ignore[call-overload]
    assert plain == segments
    shaped = openai.audio.transcriptions.create(  # type: ignore[call-overload]
        **asked, response_format="vtt", extra_body={"subtitle_profile": "netflix"}
    )
    captions = webvtt.from_buffer(io.StringIO(shaped)).captions
    assert [caption.text.split("\n") for caption in captions] == [list(cue.lines) for cue in read(by_bazarr)]


def test_a_job_is_answered_with_the_same(real: Server, film: Path, by_bazarr: str) -> None:
    fields = {"model": "whisper-1", "language": "en", "response_format": "srt", "subtitle_profile": "netflix"}
    with film.open("rb") as file:
        address = f"{real.v1}/audio/transcriptions?async=true"
        accepted = httpx.post(address, data=fields, files={"file": file}, timeout=60)
    assert accepted.status_code == 202, accepted.text
    job = f"{real.v1}/jobs/{accepted.json()['id']}"
    for _ in range(600):
        if httpx.get(job).json()["status"] not in ("queued", "running", "in_progress"):
            break
        time.sleep(0.2)
    assert read(httpx.get(f"{job}/result").raise_for_status().text) == read(by_bazarr)


def test_the_command_line_writes_the_same(whisper: Path, film: Path, tmp_path: Path, by_bazarr: str) -> None:
    done = voice_stack(
        tmp_path,
        *("transcribe", str(film), "--model", str(whisper), "--engine", "faster-whisper", "--language", "en"),
        *("--format", "srt", "--profile", "netflix", "-o", "."),
    )
    assert done.returncode == 0, done.stderr
    assert len(words_of(read((tmp_path / "film.srt").read_text()))) == pytest.approx(
        len(words_of(read(by_bazarr))), 0.1
    )
    found = figures(read((tmp_path / "film.srt").read_text()))
    assert (found.wide, found.tall, found.long, found.orphans) == (0, 0, 0, 0)


def test_the_command_line_says_what_is_allowed(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "transcribe", "none.wav", "-f", "srt", "--subtitle", "max_line_width=3")
    assert done.returncode == 2
    assert "from 8 to 250" in re.sub(r"[\s│]+", " ", done.stderr)


@pytest.mark.parametrize("fmt", ["ass", "ttml", "lrc"])
@pytest.mark.parametrize("route", ["transcriptions", "translations"])
def test_further_formats_are_answered(whisper_server: Server, digits: Spoken, route: str, fmt: str) -> None:
    with digits.path.open("rb") as file:
        data = {"model": "whisper-1", "response_format": fmt, "subtitle_profile": "bbc"}
        answer = httpx.post(f"{whisper_server.v1}/audio/{route}", data=data, files={"file": file}, timeout=60)
    assert answer.status_code == 200, answer.text
    types = {"ass": "text/x-ass", "ttml": "application/ttml+xml", "lrc": "text/plain"}
    assert answer.headers["content-type"].startswith(types[fmt])
    if fmt == "lrc":
        assert re.match(r"\[00:0\d\.\d\d\]\w", answer.text)
    else:
        assert len(pysubs2.SSAFile.from_string(answer.text, fmt)) > 0


def test_a_bad_value_is_a_400_that_names_it(whisper_server: Server, digits: Spoken) -> None:
    with digits.path.open("rb") as file:
        data = {"model": "whisper-1", "response_format": "srt", "max_line_width": "2"}
        refused = httpx.post(f"{whisper_server.v1}/audio/transcriptions", data=data, files={"file": file})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "max_line_width"
    assert "from 8 to 250" in refused.json()["error"]["message"]
    answer = ask(whisper_server, "asr", raw_pcm(digits.path), output="srt", subtitle_profile="hulu")
    assert answer.status_code == 400
    assert "netflix-kids" in answer.json()["error"]["message"]
    assert "-->" not in answer.text


def test_an_engine_without_word_times_gives_subtitles_too(moonshine_server: Server, hello: Spoken) -> None:
    answer = ask(moonshine_server, "asr", raw_pcm(hello.path), output="srt", max_line_width="20")
    assert answer.status_code == 200, answer.text
    assert max(len(line) for cue in read(answer.text) for line in cue.lines) <= 20


def test_the_documentation_of_the_api_has_the_fields(whisper_server: Server) -> None:
    document = httpx.get(f"{whisper_server.url}/openapi.json").json()
    asr = document["paths"]["/v1/bazarr/asr"]["post"]
    assert {"subtitle_profile", "max_line_width", "start_offset"} <= {one["name"] for one in asr["parameters"]}
    form = document["paths"]["/v1/audio/transcriptions"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert "netflix-kids" in json.dumps(form["schema"])
