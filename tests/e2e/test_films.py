"""Films with several sound tracks: the one that is asked for is heard, and its times are the film's.

The English track begins late and has a gap: there the container keeps the time, and the samples alone do not.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import pytest

from tests.audio.media import run
from tests.cli.test_main import voice_stack
from tests.conftest import RealModel
from tests.e2e.conftest import write_wav
from tests.e2e.test_jobs import ASYNC, accepted, batch_of, finished
from tests.live_server import ROOT, Server, serve_asr
from voice_stack.audio.clip import Samples, from_s16le, to_s16le
from voice_stack.audio.wav import read_layout

HEARD: Final = "was walking along the road"
RATE: Final = 16_000
# Seconds: of the film, where the English track begins and where a stretch is cut out of it, between its lines; of the
# track, where the second line begins.
LATE_S: Final = 1.9
SECOND_S: Final = 6.0
GAP_S: Final = (5.2, 7.6)
# Seconds of the recording where the voice is heard.
VOICE_S: Final = (0.31, 2.34)
SPOKEN: Final = [(LATE_S + line + VOICE_S[0], LATE_S + line + VOICE_S[1]) for line in (0.0, SECOND_S)]
NEAR_S: Final = 0.2

Times = list[tuple[float, float]]


def road() -> Samples:
    with (ROOT / "tests" / "fixtures" / "road.wav").open("rb") as file:
        layout = read_layout(file.fileno(), 2**20)
        assert layout is not None
        file.seek(layout.offset)
        return from_s16le(file.read(layout.size))


def lines() -> Samples:
    """The English track, with silence where a stretch of it is missing: (time,) float32 at 16 kHz."""
    line = road()
    track = np.zeros(round((SECOND_S + 4) * RATE), np.float32)
    for start in (0, round(SECOND_S * RATE)):
        track[start : start + len(line)] = line
    return track


def film(path: Path, codec: str) -> Path:
    """A film with a German track, a tone that is marked as default, and the English one."""
    speech = write_wav(path.with_suffix(".wav"), lines())
    inputs = ["-f", "lavfi", "-i", "testsrc=d=12:s=64x48:r=10", "-f", "lavfi", "-i", "sine=300:d=11"]
    late = ["-itsoffset", str(LATE_S), "-i", str(speech), "-map", "0", "-map", "1", "-map", "2"]
    gap = ["-filter:a:1", f"aselect='not(between(t,{GAP_S[0]},{GAP_S[1]}))'", "-c:v", "mpeg4", "-c:a", codec]
    languages = ["-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng"]
    run([*inputs, *late, *gap, *languages, "-disposition:a:0", "default", "-disposition:a:1", "0", str(path)])
    return path


@pytest.fixture(scope="module", params=[("film.mkv", "flac"), ("film.mp4", "aac")], ids=["mkv", "mp4"])
def bilingual(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, codec = request.param
    return film(tmp_path_factory.mktemp("films") / name, codec)


def post(server: Server, route: str, film: Path, **fields: str) -> httpx.Response:
    data, headers = {"model": "whisper-1", **fields}, ASYNC if "batch" not in route else {}
    url = f"{server.v1}/audio/{route}"
    return httpx.post(url, data=data, files={"file": film.read_bytes()}, headers=headers, timeout=120)


def by_openai(server: Server, film: Path, **fields: str) -> httpx.Response:
    data = {"model": "whisper-1", **fields}
    url = f"{server.v1}/audio/transcriptions"
    return httpx.post(url, data=data, files={"file": film.read_bytes()}, timeout=120)


def by_verbose(server: Server, film: Path, **fields: str) -> httpx.Response:
    data = {"model": "whisper-1", **fields, "response_format": ""}
    url = f"{server.v1}/audio/transcriptions/verbose"
    return httpx.post(url, data=data, files={"file": film.read_bytes()}, timeout=120)


def by_job(server: Server, film: Path, **fields: str) -> httpx.Response:
    job = accepted(post(server, "transcriptions", film, **fields), server)
    finished(job)
    return httpx.get(f"{job}/result")


def by_batch(server: Server, film: Path, **fields: str) -> httpx.Response:
    items = batch_of(post(server, "transcriptions/batch", film, **fields), server)["items"]
    return httpx.get(server.url + items[0]["job"]["links"]["result"])


def by_bazarr(server: Server, film: Path, response_format: str = "srt", **query: str) -> httpx.Response:
    params = {"encode": "true", "output": response_format, **query}
    url = f"{server.v1}/bazarr/asr"
    return httpx.post(url, params=params, files={"audio_file": film.read_bytes()}, timeout=120)


Ask = Callable[..., httpx.Response]
WAYS = pytest.mark.parametrize("ask", [by_openai, by_verbose, by_job, by_batch, by_bazarr])


def times_of(text: str) -> Times:
    """Times of the cues of an SRT file, or of the segments of an answer in JSON, in seconds."""
    if text.startswith("{"):
        return [(segment["start"], segment["end"]) for segment in json.loads(text)["segments"]]
    marks = re.findall(r"(\d\d):(\d\d):(\d\d),(\d{3})", text)
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in marks]
    return list(zip(seconds[::2], seconds[1::2], strict=True))


def assert_in_time(text: str) -> None:
    times = times_of(text)
    assert len(times) == len(SPOKEN), text
    assert np.abs(np.array(times) - np.array(SPOKEN)).max() <= NEAR_S, times


@WAYS
def test_track_that_begins_late_and_has_a_gap_is_in_time_on_every_way(
    moonshine_server: Server, bilingual: Path, ask: Ask
) -> None:
    answer = ask(moonshine_server, bilingual, audio_track="eng", response_format="srt")
    assert answer.status_code == 200, answer.text
    assert answer.text.count(HEARD) >= 2
    assert_in_time(answer.text)


@pytest.mark.parametrize("asked", [{"audio_track": "1"}, {"audio_track": "English"}, {"language": "en"}])
@pytest.mark.parametrize("ask", [by_openai, by_bazarr])
def test_number_name_and_the_language_of_the_request_find_the_track(
    moonshine_server: Server, bilingual: Path, ask: Ask, asked: dict[str, str]
) -> None:
    assert_in_time(ask(moonshine_server, bilingual, response_format="srt", **asked).text)


@pytest.mark.parametrize("asked", ["", "und", "0", "de"])
def test_main_track_is_heard_where_no_other_is_asked_for(moonshine_server: Server, bilingual: Path, asked: str) -> None:
    answer = by_openai(moonshine_server, bilingual, audio_track=asked)
    assert answer.status_code == 200
    assert HEARD not in answer.text


@pytest.mark.parametrize(
    "route", ["audio/transcriptions", "audio/translations", "bazarr/asr", "bazarr/detect-language"]
)
@pytest.mark.parametrize("asked", ["2", "fr", "commentary"])
def test_track_that_is_not_there_is_refused_with_those_that_are(
    moonshine_server: Server, bilingual: Path, route: str, asked: str
) -> None:
    answer = httpx.post(
        f"{moonshine_server.v1}/{route}",
        params={"audio_track": asked},
        data={"model": "whisper-1", "audio_track": asked},
        files={"file": bilingual.read_bytes()},
        headers=ASYNC,
        timeout=60,
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "audio_track")
    assert "0 (ger, " in error["message"]
    assert "1 (eng, " in error["message"]


@pytest.mark.parametrize("bilingual", [("film.mkv", "flac")], ids=["mkv"], indirect=True)
def test_command_line_takes_a_track(bilingual: Path, tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "transcribe", str(bilingual), "--audio-track", "eng", "-f", "srt")
    assert_in_time(done.stdout)
    done = voice_stack(tmp_path, "transcribe", str(bilingual), "--audio-track", "5")
    assert done.returncode == 1
    assert "1 (eng, " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def real_server(real_model: RealModel) -> Iterator[Server]:
    settings = {"ASR_MODEL": str(real_model("whisper-base")), "ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0"}
    with serve_asr(settings) as server:
        yield server


def test_real_whispers_subtitles_go_by_the_films_clock(real_server: Server, bilingual: Path) -> None:
    # As Bazarr sends it: the silence before the track, and in its gap, is there in samples. A Whisper's own times are a
    # few tenths off, so they are compared with those that it gives to this.
    track = np.concatenate([np.zeros(round(LATE_S * RATE), np.float32), lines()])
    raw = {"audio_file": to_s16le(track)}
    query = {"encode": "false", "output": "srt", "language": "en"}
    alone = httpx.post(f"{real_server.v1}/bazarr/asr", params=query, files=raw, timeout=120).text
    assert times_of(alone)[0][0] == pytest.approx(SPOKEN[0][0], abs=0.5)
    for asked in ({"audio_track": "eng", "language": "en"}, {"language": "en"}):
        text = by_bazarr(real_server, bilingual, **asked).text
        assert re.findall("[a-z]+", text) == re.findall("[a-z]+", alone) != []
        assert np.abs(np.array(times_of(text)) - np.array(times_of(alone))).max() <= NEAR_S, (text, alone)


def test_real_whisper_tells_the_language_of_the_track(real_server: Server, bilingual: Path) -> None:
    url = f"{real_server.v1}/bazarr/detect-language"
    files = {"audio_file": bilingual.read_bytes()}
    answer = httpx.post(url, params={"encode": "true", "audio_track": "1"}, files=files, timeout=120)
    assert answer.json()["language_code"] == "en"
