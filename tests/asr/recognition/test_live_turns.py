import pytest

from voice_stack.asr.recognition.live_turns import (
    Eagerness,
    TurnChange,
    TurnDetector,
    TurnRule,
    frames_in,
    pause_in,
    semantic_wait_s,
)


def changes(detector: TurnDetector, probabilities: list[float], said: str = "") -> list[tuple[int, TurnChange]]:
    found = ((place, detector.step(one, said)) for place, one in enumerate(probabilities))
    return [(place, change) for place, change in found if change]


def test_a_turn_begins_with_speech_and_ends_with_its_silence() -> None:
    detector = TurnDetector(TurnRule(silence_s=0.32))
    quiet = frames_in(0.32)
    found = changes(detector, [0.0] * 5 + [0.9] * 10 + [0.0] * 20)
    assert found == [(6, TurnChange.STARTED), (14 + quiet, TurnChange.STOPPED)]


def test_a_click_is_no_turn_and_a_breath_ends_none() -> None:
    detector = TurnDetector(TurnRule(silence_s=0.32))
    assert changes(detector, [0.0, 0.9, 0.0, 0.0, 0.9, 0.0]) == []
    assert [change for _, change in changes(detector, [0.9] * 5 + [0.0] * 5 + [0.9] * 5)] == [TurnChange.STARTED]


def test_what_is_not_surely_silence_goes_on() -> None:
    detector = TurnDetector(TurnRule(silence_s=0.1))
    assert [change for _, change in changes(detector, [0.9] * 4 + [0.45] * 50)] == [TurnChange.STARTED]


def test_long_silence_is_told_again_and_again() -> None:
    detector = TurnDetector(TurnRule(idle_s=0.64))
    assert changes(detector, [0.0] * 45) == [(19, TurnChange.IDLE), (39, TurnChange.IDLE)]


@pytest.mark.parametrize(("eagerness", "longest_s"), [("low", 8.0), ("medium", 4.0), ("auto", 4.0), ("high", 2.0)])
def test_eagerness_waits_for_whoever_has_not_ended_a_sentence(eagerness: str, longest_s: float) -> None:
    asked = Eagerness(eagerness)
    waits = [semantic_wait_s(asked, text) for text in ("It rains.", "It rains", "It rains and", "Well,", "um", "")]
    assert waits[0] < waits[1] < waits[2] == longest_s
    assert set(waits[2:]) == {longest_s}
    detector = TurnDetector(TurnRule(eagerness=asked))
    changes(detector, [0.9] * 4, "It rains and")
    (place, change), *_ = changes(detector, [0.0] * 300, "It rains and")
    assert change is TurnChange.STOPPED
    assert abs(place + 1 - frames_in(longest_s)) <= 1


def test_a_cut_is_looked_for_in_the_longest_pause() -> None:
    speech = [0.9] * 10 + [0.1] * 3 + [0.9] * 10 + [0.1] * 7 + [0.9] * 10
    assert pause_in(speech, 0, len(speech), 5) == 26
    assert pause_in(speech, 0, 20, 5) is None
    assert pause_in(speech, 0, 20, 2) == 11
