"""A real Whisper on real speech: the service hears what the engine hears, and nothing where nobody speaks."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from benchmarks.listeners import errors
from benchmarks.recognition_quality.against import Direct, Service
from benchmarks.recognition_quality.judgement import Score, lost, repeated
from benchmarks.recognition_quality.material import Joined, joined, spoken, without_speech
from tests.conftest import RealModel
from tests.live_server import serve_asr
from voice_stack.language.detect import detect_language

CUE = re.compile(r"(\S+) --> (\S+)\n(.+?)\n\n", re.DOTALL)
# Without the temperature ladder, whose upper steps draw at random.
GREEDY = {"ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0"}
ENGINE = {"beam_size": 5, "vad_filter": True, "temperature": 0.0}


@pytest.fixture(scope="module")
def whisper(real_model: RealModel) -> Path:
    return real_model("whisper-base")


@pytest.fixture(scope="module")
def service(whisper: Path) -> Iterator[Service]:
    with serve_asr({"ASR_MODEL": str(whisper), **GREEDY}) as server:
        yield Service(server.v1)


@pytest.fixture(scope="module")
def engine(whisper: Path) -> Direct:
    return Direct(whisper, ENGINE)


@pytest.mark.parametrize("kind", ["asr", "multilingual", "noisy"])
@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.long)])
def test_the_service_hears_what_the_engine_hears(
    service: Service, engine: Direct, corpus: Path, kind: str, most: int | None
) -> None:
    differing = [
        (one.name, ours, theirs)
        for one in sorted(spoken(corpus, kind), key=lambda one: len(one.samples))[:most]
        if (ours := service.text(one.samples, one.language)) != (theirs := engine.text(one.samples, one.language))
    ]
    assert not differing


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_nothing_is_heard_where_nobody_speaks(service: Service, seconds: float) -> None:
    heard = {name: service.text(samples) for name, samples in without_speech(None, seconds)}
    assert not any(heard.values()), heard


def test_deltas_are_the_text(service: Service, corpus: Path) -> None:
    deltas, text = service.streamed(spoken(corpus, "multilingual")[0].samples)
    assert deltas == text != ""


@pytest.fixture(scope="module")
def recordings(corpus: Path) -> Joined:
    """Half a minute of short recordings with silences between them, whose starts are known."""
    read = [one for one in spoken(corpus, "asr") if "librispeech" in one.name]
    return joined([one for one in read if len(one.samples) < 5 * 16_000], 28)


def test_words_are_timed_where_they_are_said(service: Service, recordings: Joined) -> None:
    body = service.transcript(recordings.samples, "en", **{"timestamp_granularities[]": "word"})
    times = [(word["start"], word["end"]) for word in body["words"]]
    assert all(start <= end for start, end in times)
    assert all(before[1] <= after[0] for before, after in pairwise(times))
    # Whisper's own times are no better.
    assert median(far(recordings, [start for start, _ in times])) < 0.35


def test_bazarr_gets_subtitles_of_real_speech(service: Service, recordings: Joined) -> None:
    cues = CUE.findall(service.subtitles(recordings.samples, "en"))
    times = [(seconds(start), seconds(end)) for start, end, _ in cues]
    assert all(start < end for start, end in times)
    assert all(before[1] <= after[0] for before, after in pairwise(times))
    assert times[-1][1] <= len(recordings.samples) / 16_000 + 0.001
    assert median(far(recordings, [start for start, _ in times])) < 0.6
    heard = " ".join(text for _, _, text in cues)
    assert not lost(recordings, heard)
    wrong, said = errors(recordings.text, heard)
    assert wrong < 0.25 * said


def test_foreign_speech_becomes_english(service: Service, engine: Direct, corpus: Path) -> None:
    german = next(one for one in spoken(corpus, "multilingual") if one.name.endswith("leopard_de.wav"))
    english, theirs = service.translation(german.samples), engine.text(german.samples, task="translate")
    assert detect_language(english, ("de", "en")) == "en"
    # It is in two minds about some words, and the last digit of a float decides.
    wrong, said = errors(theirs, english)
    assert wrong <= 0.25 * said
    assert service.language(german.samples) == "de"


def seconds(told: str) -> float:
    hours, minutes, rest = told.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def far(recordings: Joined, times: list[float]) -> list[float]:
    """Seconds from each recording's start to the nearest of the times."""
    return [min(abs(time - start) for time in times) for start in recordings.starts]


@pytest.mark.long
@pytest.mark.parametrize("condition", [True, False])
@pytest.mark.parametrize("chunk_s", [300, 30])
def test_cuts_lose_and_double_nothing(
    whisper: Path, engine: Direct, corpus: Path, condition: bool, chunk_s: int
) -> None:
    whole = joined(spoken(corpus, "asr"), 300)
    told = {"ASR_CHUNK_S": str(chunk_s), "ASR_CONDITION_ON_PREVIOUS_TEXT": str(condition)}
    with serve_asr({"ASR_MODEL": str(whisper), **GREEDY, **told}) as server:
        ours = Service(server.v1).text(whole.samples, "en")
    theirs = engine.text(whole.samples, "en", condition_on_previous_text=condition)
    assert not set(lost(whole, ours)) - set(lost(whole, theirs))
    assert repeated(whole.text, ours) <= repeated(whole.text, theirs)
    served, direct = Score(), Score()
    served.add(whole.text, ours, "en")
    direct.add(whole.text, theirs, "en")
    assert served.rate <= direct.rate + 0.3
