"""Faults are told from the sound, and clean speech is not suspected."""

import numpy as np
import pytest

from tests.faulty import Wrong
from tests.faulty.faults import Mouth, spoiled
from tests.tts.speaking.checking.conftest import RATE, Say
from voice_stack.audio.clip import Samples
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.speaking.checking.expectation import Expectation, Timekeeper
from voice_stack.tts.speaking.checking.faults import Fault
from voice_stack.tts.speaking.checking.measures import Measures
from voice_stack.tts.speaking.checking.pace import TRAINED, Pace
from voice_stack.tts.speaking.checking.signal import signal_faults
from voice_stack.tts.types import Utterance

KNOWN = Pace(1.0, 0.7, 1.36, 0.4)
SENTENCE = "The water was cold, but the children did not care."
CLEAN = (
    ("Yes.", "en", 1.0),
    ("No, thank you.", "en", 1.0),
    ("Is anybody there?", "en", 0.8),
    (SENTENCE, "en", 1.0),
    (SENTENCE, "en", 1.3),
    ("I said no, no, no!", "en", 1.0),
    ("Dial eight, zero, zero, five, five, five.", "en", 1.0),
    ("Wenn es morgen regnet, bleiben wir zu Hause und lesen ein Buch.", "de", 1.0),
    ("Le chat dort sur la chaise près de la fenêtre.", "fr", 1.0),
    ("きょうは とても いい てんき です。", "ja", 1.0),
    ("Сегодня хорошая погода, и мы идём гулять.", "ru", 1.0),
)
# Those that the sound alone tells, with what is to be among its faults.
TOLD = {
    Wrong.BABBLE: {Fault.LONG, Fault.TAIL, Fault.LOOP, Fault.CUT},
    Wrong.NOISE: {Fault.NOISE},
    Wrong.LOOP: {Fault.LOOP, Fault.LONG},
    Wrong.TRUNCATED: {Fault.CUT, Fault.SHORT},
    Wrong.GAP: {Fault.GAP},
    Wrong.SILENCE: {Fault.SILENT},
    Wrong.CLIPPED: {Fault.CLIPPED},
    Wrong.COLLAPSE: {Fault.FAINT, Fault.SHORT, Fault.GAP},
    Wrong.FAST: {Fault.SHORT},
}


def faults(
    timekeeper: Timekeeper, text: str, sound: Samples, language: str = "en", speed: float = 1.0, pace: Pace = TRAINED
) -> set[Fault]:
    expected = timekeeper.expect(Utterance((Pronounced(text),), language, "x", speed))
    return set(signal_faults(Measures(sound, RATE), expected, pace))


@pytest.mark.parametrize(("text", "language", "speed"), CLEAN)
def test_clean_speech_is_not_suspected(
    say: Say, timekeeper: Timekeeper, text: str, language: str, speed: float
) -> None:
    assert not faults(timekeeper, text, say(text, language, speed), language, speed)


@pytest.mark.parametrize("wrong", TOLD)
def test_a_fault_is_told(say: Say, timekeeper: Timekeeper, wrong: Wrong) -> None:
    text = "Please leave your bags at the entrance of the building."
    for seed in range(4):
        sound = spoiled(wrong, text, Mouth(say, RATE), np.random.default_rng(seed))
        assert faults(timekeeper, text, sound, pace=KNOWN) & TOLD[wrong], seed


def test_samples_that_are_no_numbers_and_a_constant_are_broken(say: Say, timekeeper: Timekeeper) -> None:
    sound = say(SENTENCE)
    holed = sound.copy()
    holed[1000:1010] = np.nan
    assert Fault.BROKEN in faults(timekeeper, SENTENCE, holed)
    assert Fault.BROKEN in faults(timekeeper, SENTENCE, sound + np.float32(0.2))


def test_a_text_without_a_word_is_any_sound(timekeeper: Timekeeper) -> None:
    for text in ("...", "—", "🙂"):
        assert not faults(timekeeper, text, np.zeros(0, np.float32))
        assert not faults(timekeeper, text, np.zeros(RATE, np.float32))


@pytest.mark.parametrize("samples", [0, 1, 100, 5_000])
def test_next_to_no_sound_is_silent_and_no_error(timekeeper: Timekeeper, samples: int) -> None:
    assert Fault.SILENT in faults(timekeeper, SENTENCE, np.full(samples, 1e-5, np.float32))


def test_a_longer_silence_is_allowed_at_a_mark_and_at_a_slower_speed(say: Say) -> None:
    parts = say("The water was cold"), say("the children did not care.")
    sound = np.concatenate([parts[0], np.zeros(round(1.15 * RATE), np.float32), parts[1]])
    length = sum(len(part) for part in parts) / RATE * 0.9

    def gap(**facts: float) -> bool:
        expected = Expectation(length, last_share=0.5, **facts)  # type: ignore[arg-type]
        return Fault.GAP in signal_faults(Measures(sound, RATE), expected, TRAINED)

    assert gap()
    assert not gap(pauses=1)
    assert not gap(slowness=1.5)


def test_level_does_not_matter(say: Say, timekeeper: Timekeeper) -> None:
    sound = say(SENTENCE)
    assert not faults(timekeeper, SENTENCE, sound * np.float32(0.1))
