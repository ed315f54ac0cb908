"""The time that sentences take is told beforehand, in many languages."""

import pytest

from tests.tts.speaking.checking.conftest import RATE, Say
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.speaking.checking.expectation import Expectation, Timekeeper, repeats_itself
from voice_stack.tts.speaking.checking.measures import Measures
from voice_stack.tts.speaking.checking.pace import IMITATED, TRAINED, Paces
from voice_stack.tts.speaking.checking.signal import speech_seconds
from voice_stack.tts.types import Utterance, VoiceReference

ANNA = VoiceReference("anna", "00", ())


def expect(timekeeper: Timekeeper, text: str, language: str = "en", speed: float = 1.0) -> Expectation:
    return timekeeper.expect(Utterance((Pronounced(text),), language, "x", speed))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The committee published its report on Friday evening."),
        ("de", "Das Museum ist montags geschlossen, aber die Kirche ist geöffnet."),
        ("ja", "きょうは とても いい てんき です。"),
        ("zh", "明天我们去海边。"),
        ("ar", "المكتبة مفتوحة اليوم."),
    ],
)
def test_a_sentence_takes_what_was_expected(say: Say, timekeeper: Timekeeper, language: str, text: str) -> None:
    expected = expect(timekeeper, text, language)
    assert expected.sure
    assert speech_seconds(Measures(say(text, language), RATE)) == pytest.approx(expected.speech_s, rel=0.1)


def test_speed_divides_it(timekeeper: Timekeeper) -> None:
    text = "Nobody knew why the lights had gone out."
    fast, slow = (expect(timekeeper, text, speed=speed) for speed in (2.0, 0.5))
    assert slow.speech_s == pytest.approx(4 * fast.speech_s, rel=0.05)
    assert slow.slowness == 2.0


def test_a_language_that_nobody_knows_is_counted_by_letters(timekeeper: Timekeeper) -> None:
    expected = expect(timekeeper, "one two three four five", "xx")
    assert not expected.sure
    assert 0.8 < expected.speech_s < 2
    sure_low, sure_high = TRAINED.bounds(Expectation(expected.speech_s))
    low, high = TRAINED.bounds(expected)
    assert low < sure_low
    assert high > sure_high


def test_signs_that_espeak_cannot_read_are_counted(timekeeper: Timekeeper) -> None:
    expected = expect(timekeeper, "図書館は午前九時に開きます。", "ja")
    assert not expected.sure
    assert 1.5 < expected.speech_s < 4


def test_marks_inside_explain_pauses(timekeeper: Timekeeper) -> None:
    assert expect(timekeeper, "No marks in here.").pauses == 0
    listed = expect(timekeeper, "Red, green, blue, and black.")
    assert listed.pauses == 3
    assert listed.last_share < 0.5


@pytest.mark.parametrize("text", ["no, no", "Bye bye.", "that that was it", "one two one two three", "five, FIVE"])
def test_a_text_that_repeats_itself_is_known(text: str) -> None:
    assert repeats_itself(text)


def test_one_that_does_not_is_none() -> None:
    assert not repeats_itself("one two three one two")


def test_a_voice_is_judged_by_its_own_pace_once_it_was_heard() -> None:
    paces = Paces()
    assert paces.of("e", "slow", "en") is TRAINED
    assert paces.of("e", ANNA, "en") is IMITATED
    for _ in range(4):
        paces.learn("e", "slow", "en", Expectation(2.0), 2.8)
        paces.learn("e", "short", "en", Expectation(0.3), 0.6)
        paces.learn("e", "unsure", "en", Expectation(2.0, sure=False), 2.8)
    known = paces.of("e", "slow", "en")
    assert known.factor == pytest.approx(1.4)
    low, high = known.bounds(Expectation(2.0))
    assert low > TRAINED.bounds(Expectation(2.0))[0]
    assert high - low < 2.5
    assert paces.of("e", "short", "en") is TRAINED
    assert paces.of("e", "unsure", "en") is TRAINED
    assert paces.of("e", "slow", "de") is TRAINED
