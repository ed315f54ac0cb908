"""A real Whisper on real speech: the service hears what the engine hears, and nothing where nobody speaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.recognition_quality.against import Direct, Service
from benchmarks.recognition_quality.judgement import Score, lost, repeated
from benchmarks.recognition_quality.material import joined, spoken, without_speech
from tests.conftest import RealModel
from tests.live_server import serve_asr

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
