"""Turns heard by a real streaming network, a tiny one, through a real service's seat."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from voice_stack.asr.engines.sherpa.stream import SherpaStream
from voice_stack.asr.recognition.live import Cadence, Wanted
from voice_stack.asr.recognition.live_input import LiveInput
from voice_stack.asr.recognition.live_seat import LiveSeat
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import Samples
from voice_stack.core.errors import CancelledWorkError, EngineError
from voice_stack.core.settings import load_settings

RATE = 16_000
SENTENCES = (("hello", "world."), ("good", "morning,", "hello", "world"))
TEXT = "hello world. good morning, hello world"


@pytest.fixture(scope="module")
def service(tiny_streaming: Path) -> Iterator[TranscriptionService]:
    settings = load_settings(
        AsrSettings,
        asr_engine="sherpa",
        asr_model=str(tiny_streaming),
        asr_sherpa_languages=["en"],
        asr_fallback_engines=(),
    )
    with TranscriptionService(settings) as running:
        yield running


@pytest.fixture(scope="module")
def spoken(tiny_streaming: Path) -> Samples:
    from tests.tiny_onnx.sound import say

    return say(SENTENCES, pause_s=0.8)[0].samples


@dataclass
class Told:
    """What streams are told while a test runs.

    Attributes:
        samples: what they were given, in order.
        closed: how many were closed.
        words: hypotheses' lengths, in words.
        fails_at: the number of the chunk at which they fail; 0: at none.
    """

    samples: list[Samples] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    words: list[int] = field(default_factory=list)
    fails_at: int = 0


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """The streams' diary: they do what they do, and write it down."""
    diary = Told()
    accept, close = SherpaStream.accept, SherpaStream.close

    def noted(stream: SherpaStream, samples: Samples) -> list[Segment]:
        diary.samples.append(samples)
        if len(diary.samples) == diary.fails_at:
            raise EngineError("It broke.")
        found = accept(stream, samples)
        diary.words.append(sum(len(segment.words) for segment in found))
        return found

    def closed(stream: SherpaStream) -> None:
        diary.closed += 1
        close(stream)

    monkeypatch.setattr(SherpaStream, "accept", noted)
    monkeypatch.setattr(SherpaStream, "close", closed)
    return diary


def listen(service: TranscriptionService, language: str = "en", stop: threading.Event | None = None) -> LiveSeat:
    return service.listen(TranscriptionOptions(RecognitionRequest(language=language)), stop or threading.Event())


def hear(seat: LiveSeat, samples: Samples) -> tuple[list[str], str]:
    """A turn, a tenth of a second at a time, that its speaker ends.

    Returns:
        What was sent before the end, piece by piece, and all of it.
    """
    sound = LiveInput(RATE, None)
    pieces: list[str] = []
    for start in range(0, len(samples), RATE // 10):
        sound.append(samples[start : start + RATE // 10])
        turn = sound.turn
        if turn is None:
            continue
        turn.cadence = Cadence.of(seat.capabilities, 0.3)
        while (unit := turn.plan()) is not None:
            pieces.append("".join(word.text for word in turn.absorb(unit, seat.hear(unit))))
    turn = sound.commit()
    while (unit := turn.plan()) is not None:
        turn.absorb(unit, seat.hear(unit))
    assert turn.state.done
    assert turn.finish() == []
    return [piece for piece in pieces if piece], turn.state.sent


def test_words_are_sent_while_they_are_said_and_are_the_text(service: TranscriptionService, spoken: Samples) -> None:
    with listen(service) as seat:
        pieces, said = hear(seat, spoken)
    assert said.strip() == TEXT
    assert said.startswith("".join(pieces))
    assert len(pieces) >= 4, "words came together"


def test_no_sound_is_decoded_twice(service: TranscriptionService, spoken: Samples, told: Told) -> None:
    with listen(service) as seat:
        hear(seat, spoken)
    given = np.concatenate(told.samples)
    assert len(told.samples) > 10, "it was not heard chunk by chunk"
    # The input resamples nothing, so that what was given is a part of what was said, each sample once.
    start = next(
        place for place in range(0, len(spoken), 512) if np.array_equal(spoken[place : place + 512], given[:512])
    )
    assert np.array_equal(spoken[start : start + len(given)], given[: len(spoken) - start])
    assert len(given) <= len(spoken) + 512
    assert told.closed == 1, "its state is left in memory"


def test_a_long_turn_is_many_short_hypotheses(service: TranscriptionService, told: Told) -> None:
    from tests.tiny_onnx.sound import say

    sentences = [sentence for _ in range(12) for sentence in SENTENCES]
    clip, words = say(sentences, pause_s=0.4)
    with listen(service) as seat:
        _, said = hear(seat, clip.samples)
    assert said.split() == [word.text for word in words]
    assert told.closed >= 3
    assert max(told.words) < len(words) / 2


def test_a_stream_that_fails_is_closed_and_the_next_one_hears(
    service: TranscriptionService, spoken: Samples, told: Told
) -> None:
    told.fails_at = 5
    with listen(service) as seat:
        with pytest.raises(EngineError):
            hear(seat, spoken)
        assert told.closed == 1
        _, said = hear(seat, spoken)
    assert said.strip() == TEXT


def test_who_goes_leaves_no_stream(service: TranscriptionService, spoken: Samples, told: Told) -> None:
    stop = threading.Event()
    sound = LiveInput(RATE, None)
    with listen(service, stop=stop) as seat:
        sound.append(spoken[: 2 * RATE])
        turn = sound.turn
        assert turn is not None
        turn.cadence = Cadence.of(seat.capabilities, 0.3)
        unit = turn.plan()
        assert unit is not None
        assert unit.wanted is Wanted.CHUNK
        turn.absorb(unit, seat.hear(unit))
        sound.append(spoken[2 * RATE : 3 * RATE])
        unit = turn.plan()
        assert unit is not None
        stop.set()
        with pytest.raises(CancelledWorkError):
            seat.hear(unit)
    assert told.closed == 1
    assert len(told.samples) == 1


def test_the_language_of_what_was_heard_is_told(service: TranscriptionService, spoken: Samples) -> None:
    with listen(service) as seat:
        assert seat.language is None
        hear(seat, spoken)
        assert seat.language is not None
        assert (seat.language.code, seat.language.probability) == ("en", 1.0)
