"""What onnx-asr hears through our engine: exact text and times of tiny models in the layouts of the real ones.

The real weights could not be had where this was written. The networks are our own; the sound goes through onnx-asr's
front ends, decoders and vocabularies as it would with theirs.
"""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asr.engines.conftest import RATE, build_engine, joined, segments_of, silence, text_of
from tests.tiny_onnx.gigaam import FRAME_S as GIGAAM_FRAME_S
from tests.tiny_onnx.nemo import FRAME_S as NEMO_FRAME_S
from tests.tiny_onnx.sound import Said, say
from tests.tiny_whisper.exact import EXACT
from voice_stack.asr.engines.base import ASREngine, UnitMemory
from voice_stack.asr.types import RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, EngineError, EngineUnavailableError, UnsupportedError
from voice_stack.serving.attempt import Record

WORDS = RecognitionRequest(word_timestamps=True)
SENTENCES = (("hello", "world."), ("good", "morning,", "hello", "world"))
TEXT = "hello world. good morning, hello world"
# As the models write punctuation: a token of the word before it.
TIMED = {"tdt": NEMO_FRAME_S, "ctc": NEMO_FRAME_S, "gigaam": GIGAAM_FRAME_S}

Clip = tuple[AudioClip, list[Said]]


def build(folder: Path, **fields: Any) -> ASREngine:
    return build_engine("onnx", **{"model": str(folder), "device": "cpu", "threads": 1, "workers": 2, **fields})


@pytest.fixture(scope="module")
def engines(tiny_onnx: Path) -> Iterator[dict[str, ASREngine]]:
    found = {name: build(tiny_onnx / name, languages=["en"]) for name in TIMED}
    yield found
    for engine in found.values():
        engine.close()


@pytest.fixture(params=TIMED)
def timed(request: pytest.FixtureRequest, engines: dict[str, ASREngine]) -> tuple[ASREngine, float]:
    """An engine that times words, and the seconds of its frames."""
    return engines[request.param], TIMED[request.param]


@pytest.fixture(scope="module")
def parakeet(engines: dict[str, ASREngine]) -> ASREngine:
    return engines["tdt"]


@pytest.fixture(scope="module")
def canary(tiny_onnx: Path) -> Iterator[ASREngine]:
    engine = build(tiny_onnx / "canary", languages=["en", "de"])
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def whisper(tiny_onnx_whisper: Path) -> Iterator[ASREngine]:
    engine = build(tiny_onnx_whisper)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def short() -> Clip:
    return say(SENTENCES)


@pytest.fixture(scope="module")
def long() -> Clip:
    """A minute and a half."""
    return say(SENTENCES * 12)


def words_of(segments: list[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words]


def assert_heard(words: list[Word], said: list[Said], frame_s: float) -> None:
    """Every word once, where it was said: within a frame and a half at its start, two at its end."""
    assert [word.text for word in words] == [f" {word.text}" for word in said]
    for word, wanted in zip(words, said, strict=True):
        assert word.start == pytest.approx(wanted.start, abs=1.5 * frame_s)
        assert word.end == pytest.approx(wanted.end, abs=2 * frame_s)


def test_words_are_heard_where_they_are_said(timed: tuple[ASREngine, float], short: Clip) -> None:
    engine, frame_s = timed
    clip, said = short
    segments = segments_of(engine, clip, WORDS)
    assert "".join(segment.text for segment in segments).strip() == TEXT
    assert_heard(words_of(segments), said, frame_s)


def test_sentences_are_segments_that_their_words_spell(timed: tuple[ASREngine, float], short: Clip) -> None:
    segments = segments_of(timed[0], short[0], WORDS)
    assert [segment.text for segment in segments] == [" hello world.", " good morning, hello world"]
    for segment in segments:
        assert "".join(word.text for word in segment.words) == segment.text
        assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)
        assert all(word.probability is not None and 0.5 < word.probability <= 1 for word in segment.words)
        assert -1 < segment.avg_logprob < 0


def test_long_audio_loses_no_word_between_its_windows(timed: tuple[ASREngine, float], long: Clip) -> None:
    engine, frame_s = timed
    clip, said = long
    costs: list[float] = []
    segments = list(engine.transcribe(clip, WORDS, threading.Event(), costs.append).segments)
    assert clip.duration > 85
    assert len(costs) >= 4
    assert max(costs) <= 30
    assert sum(costs) == pytest.approx(clip.duration)
    assert len({segment.seek for segment in segments}) == len(costs)
    assert_heard(words_of(segments), said, frame_s)


def test_long_audio_comes_in_segments_as_it_is_decoded(parakeet: ASREngine, long: Clip) -> None:
    stop = threading.Event()
    segments = parakeet.transcribe(long[0], WORDS, stop).segments
    assert next(segments).end < 10
    stop.set()
    # The rest of the first window is there; no further one is decoded.
    got: list[Segment] = []
    with pytest.raises(CancelledWorkError):
        got.extend(segments)
    assert not got or got[-1].end <= 30


def test_stop_ends_the_work_before_it_begins(parakeet: ASREngine, short: Clip) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledWorkError):
        next(parakeet.transcribe(short[0], WORDS, stop).segments)


def test_work_that_nobody_wants_ends_at_its_unit(parakeet: ASREngine, long: Clip) -> None:
    costs: list[float] = []

    def give_up(cost: float) -> None:
        costs.append(cost)
        if len(costs) == 2:
            raise CancelledWorkError("nobody")

    with pytest.raises(CancelledWorkError):
        list(parakeet.transcribe(long[0], WORDS, threading.Event(), give_up).segments)
    assert len(costs) == 2


class Kept(UnitMemory):
    """Units as they come back from the disk."""

    def __init__(self, units: list[str]) -> None:
        self.units = units
        self._next = 0

    def recall(self) -> Record | None:
        if self._next == len(self.units):
            return None
        self._next += 1
        unit: Record = json.loads(self.units[self._next - 1])
        return unit

    def note(self, unit: Record) -> None:
        self.units.append(json.dumps(unit, allow_nan=False))
        self._next += 1


@pytest.mark.parametrize("name", ["parakeet", "canary"])
def test_work_that_is_resumed_gives_exactly_what_it_would_have(
    request: pytest.FixtureRequest, long: Clip, name: str
) -> None:
    engine: ASREngine = request.getfixturevalue(name)
    whole = Kept([])
    segments = list(engine.transcribe(long[0], WORDS, threading.Event(), memory=whole).segments)
    for kept in range(len(whole.units) + 1):
        costs: list[float] = []
        memory = Kept(whole.units[:kept])
        resumed = engine.transcribe(long[0], WORDS, threading.Event(), costs.append, memory)
        assert list(resumed.segments) == segments
        assert len(costs) == len(whole.units) - kept
        assert memory.units == whole.units


@pytest.mark.parametrize("name", ["parakeet", "canary", "whisper"])
def test_concurrent_requests_give_what_each_gives_alone(
    request: pytest.FixtureRequest, exact: Callable[[str], AudioClip], name: str
) -> None:
    engine: ASREngine = request.getfixturevalue(name)
    clips = [say(SENTENCES)[0], say(SENTENCES[::-1])[0], exact("en-sentence-3"), exact("de-sentence-1")]
    alone = [segments_of(engine, clip, WORDS) for clip in clips]
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda number: segments_of(engine, clips[number], WORDS), range(4)))
    assert at_once == alone
    assert engine.capabilities.concurrency == 2


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.09, 0.1, 0.15, 3.0])
@pytest.mark.parametrize("name", ["tdt", "ctc", "gigaam"])
def test_silence_is_no_speech(engines: dict[str, ASREngine], name: str, seconds: float) -> None:
    assert segments_of(engines[name], silence(seconds), WORDS) == []


def test_a_last_window_too_short_to_hear_is_left_out(parakeet: ASREngine, long: Clip) -> None:
    first = say(SENTENCES * 3)[0]
    clip = AudioClip(np.concatenate([first.samples, first.samples])[: 30 * RATE + 800], RATE)
    words = words_of(segments_of(parakeet, clip, WORDS))
    assert len(words) >= 15
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))


def test_a_model_of_one_language_refuses_others(parakeet: ASREngine, short: Clip) -> None:
    with pytest.raises(UnsupportedError, match=r"knows English only, not German") as raised:
        parakeet.transcribe(short[0], RecognitionRequest(language="de"), threading.Event())
    assert raised.value.param == "language"
    heard = parakeet.transcribe(short[0], RecognitionRequest(), threading.Event())
    assert (heard.language.code, heard.language.probability) == ("en", 1.0)


def test_english_into_english_is_the_transcript(parakeet: ASREngine, short: Clip) -> None:
    assert text_of(parakeet, short[0], RecognitionRequest(task=Task.TRANSLATE)) == TEXT


def test_a_model_of_several_languages_tells_none_and_translates_nothing(tiny_onnx: Path, short: Clip) -> None:
    engine = build(tiny_onnx / "tdt", languages=["en", "de"])
    assert engine.capabilities.languages == {"en", "de"}
    assert not engine.capabilities.detects_language
    assert engine.transcribe(short[0], RecognitionRequest(), threading.Event()).language.probability == 0
    named = engine.transcribe(short[0], RecognitionRequest(language="de"), threading.Event())
    assert (named.language.code, named.language.probability) == ("de", 1.0)
    assert "".join(segment.text for segment in named.segments).strip() == TEXT
    with pytest.raises(UnsupportedError, match="does not know French"):
        engine.transcribe(short[0], RecognitionRequest(language="fr"), threading.Event())
    with pytest.raises(UnsupportedError, match="cannot translate"):
        engine.transcribe(short[0], RecognitionRequest(task=Task.TRANSLATE), threading.Event())
    with pytest.raises(UnsupportedError, match="cannot tell languages"):
        engine.detect_language(short[0])
    engine.close()


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (RecognitionRequest(), "hello world"),
        (RecognitionRequest(language="en"), "hello world"),
        (RecognitionRequest(language="de"), "hallo welt"),
        (RecognitionRequest(language="de", task=Task.TRANSLATE), "(de) hello world"),
        (RecognitionRequest(language="en", task=Task.TRANSLATE), "hello world"),
    ],
)
def test_canary_is_told_the_language_and_what_to_write(
    canary: ASREngine, short: Clip, request_: RecognitionRequest, text: str
) -> None:
    recognition = canary.transcribe(short[0], request_, threading.Event())
    assert (recognition.language.code, recognition.language.probability) == (request_.language or "en", 1.0)
    assert "".join(segment.text for segment in recognition.segments).strip() == text


def test_canary_has_no_word_times_and_says_so(canary: ASREngine, long: Clip) -> None:
    assert not canary.capabilities.word_timestamps
    segments = segments_of(canary, long[0], WORDS)
    assert all(segment.words == () for segment in segments)
    # A window is a segment.
    assert all(a.end == b.start for a, b in itertools.pairwise(segments))
    assert segments[0].start == 0
    assert segments[-1].end == pytest.approx(long[0].duration)


@pytest.mark.parametrize("name", ["en-sentence-1", "en-sentence-3", "en-joined-1", "de-sentence-1", "de-joined-2"])
def test_whisper_writes_what_its_other_engines_write(
    whisper: ASREngine, exact: Callable[[str], AudioClip], name: str
) -> None:
    recognition = whisper.transcribe(exact(name), RecognitionRequest(), threading.Event())
    assert "".join(segment.text for segment in recognition.segments).strip() == EXACT[name].text
    assert recognition.language.code == EXACT[name].language
    assert recognition.language.probability > 0.9


def test_whisper_tells_languages(whisper: ASREngine, exact: Callable[[str], AudioClip]) -> None:
    assert whisper.capabilities.detects_language
    guesses = whisper.detect_language(exact("de-sentence-2"))
    assert guesses[0].code == "de"
    assert sum(guess.probability for guess in guesses) == pytest.approx(1)
    assert [guess.probability for guess in guesses] == sorted((g.probability for g in guesses), reverse=True)
    assert {guess.code for guess in guesses} == whisper.capabilities.languages


def test_whisper_is_told_the_language(
    whisper: ASREngine, exact: Callable[[str], AudioClip], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    recogniser = whisper._recogniser  # type: ignore[attr-defined]
    recognize = recogniser.recognize

    def listening(*args: Any, **kwargs: Any) -> Any:
        told.append(kwargs.get("language"))
        return recognize(*args, **kwargs)

    monkeypatch.setattr(recogniser, "recognize", listening)
    for request in (RecognitionRequest(language="de"), RecognitionRequest()):
        assert text_of(whisper, exact("de-sentence-1"), request) == EXACT["de-sentence-1"].text
    assert text_of(whisper, exact("en-sentence-1"), RecognitionRequest(language="en")) == EXACT["en-sentence-1"].text
    assert told == ["de", "de", "en"]
    with pytest.raises(UnsupportedError, match="does not know Tlh"):
        whisper.transcribe(exact("de-sentence-1"), RecognitionRequest(language="tlh"), threading.Event())


def test_a_window_of_a_whisper_costs_half_a_minute(whisper: ASREngine, exact: Callable[[str], AudioClip]) -> None:
    phrase = joined(exact("en-sentence-4"), silence(5.0))
    clip = joined(*[phrase] * 10)
    english = RecognitionRequest(language="en")
    costs: list[float] = []
    segments = list(whisper.transcribe(clip, english, threading.Event(), costs.append).segments)
    assert clip.duration > 60
    assert costs == [30.0] * 3
    assert len(segments) == 3
    assert segments[0].start == 0
    assert segments[-1].end == pytest.approx(clip.duration)
    for segment in segments:
        assert segment.text.strip() == text_of(whisper, clip.slice(segment.start, segment.end), english)
        # It was cut where nobody speaks.
        assert not np.any(clip.slice(max(0.0, segment.end - 0.2), segment.end).samples)


@pytest.mark.parametrize("name", ["encoder-model.onnx", "decoder_joint-model.onnx"])
@pytest.mark.parametrize("content", [b"", b"no model"])
def test_damaged_network_is_told_without_its_path(tiny_onnx: Path, tmp_path: Path, name: str, content: bytes) -> None:
    for path in (tiny_onnx / "tdt").iterdir():
        (tmp_path / path.name).write_bytes(content if path.name == name else path.read_bytes())
    with pytest.raises(EngineUnavailableError, match="onnx-asr cannot load the model") as raised:
        build(tmp_path)
    assert str(tmp_path.parent) not in raised.value.message


def test_want_of_memory_is_told_from_other_failures(
    parakeet: ASREngine, short: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, message: str) -> None:
            self._message = message

        def recognize(self, *args: object, **kwargs: object) -> None:
            raise RuntimeError(self._message)

    monkeypatch.setattr(parakeet, "_recogniser", Failing("Failed to allocate memory for requested buffer of size 7"))
    with pytest.raises(EngineUnavailableError, match=r"Out of memory while tdt was decoding\. Lower ASR_WORKERS"):
        segments_of(parakeet, short[0])
    monkeypatch.setattr(parakeet, "_recogniser", Failing("Invalid feed"))
    with pytest.raises(EngineError, match="onnx-asr failed on this audio: Invalid feed"):
        segments_of(parakeet, short[0])


def test_a_missing_gpu_means_the_cpu_with_a_warning(tiny_onnx: Path, caplog: pytest.LogCaptureFixture) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    assert build(tiny_onnx / "ctc", device="auto").device == "cpu"
    assert not caplog.messages
    assert build(tiny_onnx / "ctc", device="cuda:1").device == "cpu"
    assert caplog.messages == ["ASR_DEVICE=cuda:1, but onnxruntime has no CUDA here: running on the CPU"]
