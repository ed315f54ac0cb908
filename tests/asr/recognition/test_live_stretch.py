"""Turns that a stream hears chunk by chunk, as they are planned; engines themselves are in `test_live_stream.py`."""

import pickle

import numpy as np

from voice_stack.asr.recognition.live import Cadence, LiveTurn, LiveUnit, Wanted
from voice_stack.asr.recognition.live_turns import frames_in
from voice_stack.asr.types import Segment
from voice_stack.audio.clip import Samples
from voice_stack.audio.speech_stream import FRAME, FRAME_S

PACE = Cadence(interim_s=0.3, soft_s=15.0, hard_s=30.0, is_streamed=True)


class Speaker:
    """Feeds a turn with sound in which each sample is its own number, so that it shows where a unit lies."""

    def __init__(self, turn: LiveTurn) -> None:
        self.turn = turn
        self.frames = 0

    def say(self, seconds: float, probability: float = 0.9) -> None:
        count = frames_in(seconds)
        numbers = np.arange(self.frames * FRAME, (self.frames + count) * FRAME, dtype=np.float32)
        self.turn.feed(numbers, np.full(count, probability, np.float32))
        self.frames += count


class Stream:
    """A stream that hears nothing but keeps what it is given.

    Attributes:
        stretches: the sound of each.
    """

    def __init__(self) -> None:
        self.stretches: list[Samples] = [np.empty(0, np.float32)]

    def take(self, unit: LiveUnit) -> None:
        assert unit.wanted in (Wanted.CHUNK, Wanted.STRETCH)
        self.stretches[-1] = np.concatenate([self.stretches[-1], unit.clip.samples])
        if unit.wanted is Wanted.STRETCH:
            self.stretches.append(np.empty(0, np.float32))

    @property
    def seconds(self) -> list[float]:
        return [len(one) / FRAME * FRAME_S for one in self.stretches if len(one)]


def hear(turn: LiveTurn, stream: Stream, text: str = "") -> str:
    """All units that there are; each hears the same."""
    said = ""
    while (unit := turn.plan()) is not None:
        stream.take(unit)
        said += "".join(word.text for word in turn.absorb(unit, [Segment(0, 1, f" {text}")] if text else []))
    return said


def test_a_word_is_sent_when_the_next_one_begins_and_the_last_at_the_end() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    speaker.say(0.1)
    assert turn.plan() is None  # too little to be worth a decoding
    said = ""
    for text, new in (
        ("hel", ""),
        ("hello", ""),
        ("hello wor", " hello"),
        ("hello world.", ""),
        ("hello world. o", ""),
    ):
        speaker.say(0.4)
        found = hear(turn, stream, text)
        assert found == new or text.endswith("o"), text
        said += found
    assert said == " hello world."
    assert turn.text == " hello world. o"
    turn.end()
    assert hear(turn, stream, "hello world. one") == " one"
    assert turn.state.sent == " hello world. one"
    assert turn.state.done
    assert turn.finish() == []


def test_each_sound_is_given_once_and_in_order() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    for second in range(90):
        speaker.say(0.9)
        speaker.say(0.1, 0.1)
        hear(turn, stream)
        if second == 40:
            speaker.say(3.0, 0.0)
    turn.end()
    hear(turn, stream)
    given = np.concatenate(stream.stretches)
    assert (np.diff(given) > 0).all(), "sound was given twice, or out of order"
    left_out = speaker.frames * FRAME - len(given)
    assert left_out * FRAME_S / FRAME < 2.5, "more is missing than silence"


def test_a_long_stretch_ends_in_a_pause() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    for _ in range(20):
        speaker.say(2.8)
        speaker.say(0.2, 0.1)
        hear(turn, stream)
    assert stream.seconds[:3] == [stretch for stretch in stream.seconds[:3] if 15 <= stretch <= 18.5]
    talk, pause = frames_in(2.8), frames_in(0.2)
    for stretch in stream.stretches[:-1]:
        assert (stretch[-1] + 1) / FRAME % (talk + pause) > talk, "it was cut in a word"


def test_who_never_pauses_is_cut_where_it_is_quietest() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    for _ in range(70):
        speaker.say(0.9)
        speaker.say(0.1, 0.5)
        hear(turn, stream)
    assert len(stream.seconds) == 3
    assert all(29.5 < stretch < 30.5 for stretch in stream.seconds[:2])


def test_silence_ends_a_stretch_and_is_not_heard() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    for _ in range(3):
        speaker.say(1.0)
        assert hear(turn, stream, "one two") == " one"
        for _ in range(40):
            speaker.say(0.5, 0.0)
            hear(turn, stream, "one two")
            assert turn.window_s < 3
    assert turn.state.sent == " one two one two one two"
    assert all(stretch < 3.5 for stretch in stream.seconds)
    turn.end()
    assert turn.plan() is None
    assert turn.state.done


def test_a_turn_that_falls_behind_has_fewer_units_of_ten_seconds_at_most() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    turn.took(2.0)
    speaker.say(3.0)
    assert turn.plan() is None
    speaker.say(9.0)
    unit = turn.plan()
    assert unit is not None
    assert unit.clip.duration <= 10.1
    turn.end()
    hear(turn, stream)
    assert turn.state.done
    assert sum(stream.seconds) > 11.9


def test_a_turn_of_silence_has_no_stretch() -> None:
    turn = LiveTurn(PACE)
    speaker = Speaker(turn)
    for _ in range(30):
        speaker.say(1.0, 0.0)
        assert turn.plan() is None
    assert turn.window_s < 4
    turn.end()
    assert turn.plan() is None
    assert turn.state.done


def test_the_state_is_plain_data() -> None:
    turn, stream = LiveTurn(PACE), Stream()
    Speaker(turn).say(1.0)
    hear(turn, stream, "one two")
    assert pickle.loads(pickle.dumps(turn.state)).words.unsent == turn.state.words.unsent


def test_an_hour_costs_what_a_minute_does() -> None:
    """Somebody talks without a pause that would end the turn: a word each half second, a breath every 7 seconds."""
    turn, stream = LiveTurn(PACE), Stream()
    speaker = Speaker(turn)
    costs, windows, words = [], [], []
    for _ in range(60):
        cost = 0.0
        for second in range(60):
            speaker.say(0.8)
            speaker.say(0.2, 0.1 if second % 7 == 0 else 0.9)
            while (unit := turn.plan()) is not None:
                cost += unit.clip.duration
                stream.take(unit)
                first, last = (
                    round(2 * stream.stretches[-2 if unit.wanted is Wanted.STRETCH else -1][end] / 16_000)
                    for end in (0, -1)
                )
                turn.absorb(unit, [Segment(0, 1, "".join(f" w{number}" for number in range(first, last)))])
                words.append(len(turn.state.words.heard))
        costs.append(cost)
        windows.append(turn.window_s)
    assert max(windows) < 3
    assert max(costs[1:]) < 1.1 * min(costs[1:])
    assert max(costs) < 66, "sound was heard more than once"
    assert max(words) <= 2 * 31
    said = turn.state.sent.split()
    assert said[:3] == ["w0", "w1", "w2"]
    assert said == sorted(set(said), key=lambda word: int(word[1:]))
    assert len(said) > 0.97 * 2 * 3600
