"""Times of words that the engine tells: espeak-ng's, behind trimming, tempo and pauses, as words are written."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.settings import load_settings
from voice_stack.text.words import written_words
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.captions import Captions, Timestamps
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.speaking.word_times import SpokenUnit, written_times

RATE = 24_000
COUNT = "Peter, Carol, [pause:1s] David, Tina."


@pytest.fixture(scope="module")
def service() -> Iterator[SpeechService]:
    with SpeechService(load_settings(TtsSettings, tts_engine="espeak")) as service:
        yield service


def spoken(service: SpeechService, text: str, language: str = "en", speed: float = 1.0) -> tuple[Samples, Captions]:
    asked: dict[str, Any] = {"audio_format": AudioFormat.PCM, "timestamps": Timestamps.WORD}
    with service.start(SpeechOptions(text, "alloy", "tts-1", language=language, speed=speed, **asked)) as run:
        samples = from_s16le(b"".join(run))
        assert run.captions is not None
        return samples, run.captions


def sounding(samples: Samples, shortest_s: float) -> list[tuple[float, float]]:
    """Seconds at which sound begins and ends, between pauses of so many seconds and more."""
    places = np.flatnonzero(np.abs(samples) > 3e-3)
    gaps = np.flatnonzero(np.diff(places) > RATE * shortest_s)
    return [
        (float(start) / RATE, float(end) / RATE)
        for start, end in zip([places[0], *places[gaps + 1]], [*places[gaps], places[-1]], strict=True)
    ]


@pytest.mark.parametrize("speed", [1.0, 0.5, 2.0])
def test_words_have_the_times_of_their_sound(service: SpeechService, speed: float) -> None:
    """Names with a pause behind each, so that the sound itself shows where they are."""
    samples, captions = spoken(service, COUNT, speed=speed)
    assert captions.words_by == "engine"
    words = [word for caption in captions.sentences for word in caption.words or ()]
    assert [word.text for word in words] == ["Peter,", "Carol,", "David,", "Tina."]
    heard = sounding(samples, 0.05 / speed)
    near = 0.05 + 0.03 / speed  # the closure of a plosive is silent
    for word, (start, end) in zip(words, heard, strict=True):
        assert word.start == pytest.approx(start, abs=near)
        assert word.end == pytest.approx(end, abs=near)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "One is here, of it \u2014 it cost $42 in the U.S.A. And the last well-known one, isn't it?"),
        ("de", "Über 3,5 Häuser am 5. Mai 2020 ging der Mond auf."),
        ("fr", "L'été est là, n'est-ce pas ? Aujourd'hui, oui."),
        ("ru", "Привет, как дела? Хорошо, 25 рублей."),
        ("zh", "你好,世界! 今天很好。"),
        ("ja", "「今日は」と言う。こんにちは。"),
        ("en", "<speak>It is five.<break time='1s'/>Bye now.</speak>"),
    ],
)
def test_every_word_as_it_is_written_has_its_place_in_order(service: SpeechService, language: str, text: str) -> None:
    _, captions = spoken(service, text, language)
    assert captions.words_by == "engine"
    before = 0.0
    for caption in captions.sentences:
        assert caption.words is not None
        assert [word.text for word in caption.words] == [word.strip() for word in written_words(caption.text)]
        for word in caption.words:
            assert before <= word.start + 1e-6
            assert caption.start_s <= word.start <= word.end <= caption.end_s
            before = word.end
        spoken_s = sum(word.end - word.start for word in caption.words)
        assert spoken_s > 0.7 * (caption.end_s - caption.start_s)


def test_a_text_that_is_not_what_is_spoken_has_no_times() -> None:
    sound = np.full(RATE, 0.5, np.float32)
    unit = SpokenUnit("alpha beta", 0, RATE, [(0, 0), (6, RATE // 2)])
    found = written_times(["alpha", "beta"], [unit], sound, RATE, "en")
    assert found is not None
    assert [(word.start, word.end) for word in found] == [(0.0, 0.5), (0.5, 1.0)]
    assert written_times(["gamma", "delta"], [unit], sound, RATE, "en") is None
    assert written_times(["alpha", "beta"], [SpokenUnit("alpha beta", 0, RATE, ())], sound, RATE, "en") is None


def test_a_written_word_that_is_spoken_otherwise_has_the_time_between_its_neighbours() -> None:
    sound = np.full(RATE, 0.5, np.float32)
    unit = SpokenUnit("see mister jones now", 0, RATE, [(0, 0), (4, 6000), (11, 12000), (17, 18000)])
    found = written_times(["see", "M.", "jones", "now"], [unit], sound, RATE, "en")
    assert found is not None
    assert (found[1].start, found[1].end) == (0.25, 0.5)
