"""Turns as they are decoded; what an engine says is given as it would be, engines themselves are in `e2e`."""

import pickle

import numpy as np

from voice_stack.asr.recognition.live import Cadence, LiveTurn, LiveUnit, Wanted
from voice_stack.asr.recognition.live_turns import frames_in
from voice_stack.asr.types import Segment
from voice_stack.audio.speech_stream import FRAME, FRAME_S

PACE = Cadence(interim_s=0.3, soft_s=6.0, hard_s=12.0)


def feed(turn: LiveTurn, seconds: float, probability: float) -> None:
    count = frames_in(seconds)
    turn.feed(np.zeros(count * FRAME, np.float32), np.full(count, probability, np.float32))


def segments(text: str) -> list[Segment]:
    return [Segment(0, 1, f" {text}")]


def hear(turn: LiveTurn, text: str) -> tuple[Wanted, str] | None:
    unit = turn.plan()
    if unit is None:
        return None
    return unit.wanted, "".join(word.text for word in turn.absorb(unit, segments(text)))


def test_words_come_while_somebody_talks_and_the_end_is_heard_before_the_turn_is_over() -> None:
    turn = LiveTurn(PACE)
    feed(turn, 0.1, 0.9)
    assert turn.plan() is None  # too little to be worth a decoding
    feed(turn, 0.4, 0.9)
    assert hear(turn, "one") == (Wanted.DRAFT, "")
    assert turn.plan() is None
    feed(turn, 0.4, 0.9)
    assert hear(turn, "one two") == (Wanted.DRAFT, " one")
    feed(turn, 0.3, 0.0)
    assert hear(turn, "one two three") == (Wanted.PAUSE, " two")
    assert turn.text == " one two three"
    turn.end()
    assert turn.plan() is None
    assert turn.state.done
    assert "".join(word.text for word in turn.finish()) == " three"
    assert turn.state.sent == " one two three"


def test_a_turn_that_falls_behind_has_fewer_drafts_and_no_guesses() -> None:
    turn = LiveTurn(PACE)
    feed(turn, 1.0, 0.9)
    assert hear(turn, "one") == (Wanted.DRAFT, "")
    turn.took(2.0)
    feed(turn, 3.0, 0.9)
    assert turn.plan() is None
    feed(turn, 0.4, 0.0)
    assert turn.plan() is None
    turn.end()
    assert hear(turn, "one two") == (Wanted.WHOLE, " one two")


def test_a_turn_that_ends_in_a_word_is_heard_once_more() -> None:
    turn = LiveTurn(PACE)
    feed(turn, 1.0, 0.9)
    turn.end()
    assert hear(turn, "one two") == (Wanted.WHOLE, " one two")
    assert turn.state.done
    assert turn.plan() is None


def test_silence_is_neither_heard_nor_kept() -> None:
    turn = LiveTurn(PACE)
    for _ in range(100):
        feed(turn, 1.0, 0.0)
        assert turn.plan() is None
    assert turn.window_s < 4
    turn.end()
    assert turn.plan() is None
    assert turn.state.done


def test_nothing_is_kept_of_a_turn_that_nobody_wants_to_know() -> None:
    turn = LiveTurn(PACE)
    feed(turn, 1.0, 0.9)
    turn.deafen()
    feed(turn, 9.0, 0.9)
    assert turn.window_s == 0
    assert abs(turn.heard_s - 10) < 0.1


def test_the_state_is_plain_data() -> None:
    turn = LiveTurn(PACE)
    feed(turn, 1.0, 0.9)
    hear(turn, "one")
    assert pickle.loads(pickle.dumps(turn.state)).words.heard == turn.state.words.heard


def test_an_hour_costs_what_a_minute_does() -> None:
    """Somebody talks without a pause that would end the turn; each decoding says the words that its window has."""
    turn = LiveTurn(PACE)
    costs, windows = [], []
    position = 0.0
    for _ in range(60):
        cost = 0.0
        for second in range(60):
            # A word each half second, and a breath every 7 seconds.
            feed(turn, 0.8, 0.9)
            feed(turn, 0.2, 0.1 if second % 7 == 0 else 0.9)
            position += 1.0
            while (unit := turn.plan()) is not None:
                cost += unit.clip.duration
                turn.absorb(unit, spoken(unit))
        costs.append(cost)
        windows.append(turn.window_s)
    assert max(windows) < PACE.hard_s + 3
    assert max(costs[1:]) < 1.2 * min(costs[1:])
    assert len(turn.state.words.sent) < 60
    assert len(turn.state.before) <= 300
    said = turn.state.sent.split()
    assert said[:4] == ["w0", "w1", "w2", "w3"]
    assert len(said) == len(set(said))
    assert len(said) > 0.97 * position * 2


def spoken(unit: LiveUnit) -> list[Segment]:
    """Words of a unit, one each half second of the turn, named by their time."""
    end_s = unit.end * FRAME_S
    first, last = round(2 * (end_s - unit.clip.duration)), round(2 * end_s)
    return segments(" ".join(f"w{number}" for number in range(first, last)))
