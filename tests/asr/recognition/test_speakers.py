"""Words and turns brought together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from voice_stack.asr.recognition.speakers import NOBODY, parted
from voice_stack.asr.types import Segment, Word
from voice_stack.speaker.diarization.turns import Turn


def segment(*words: tuple[str, float, float]) -> Segment:
    told = tuple(Word(text, start, end) for text, start, end in words)
    return Segment(told[0].start, told[-1].end, "".join(word.text for word in told), told, tokens=(1, 2))


def spoken(parts: list[Segment]) -> list[tuple[str | None, str]]:
    return [(part.speaker, part.text) for part in parts]


QUESTION = segment((" Are", 0.0, 0.3), (" you", 0.3, 0.5), (" there?", 0.5, 1.0), (" Yes.", 1.2, 1.6))


def test_a_segment_is_parted_where_the_speaker_changes() -> None:
    parts = parted(QUESTION, [Turn(0.0, 1.05, "A"), Turn(1.1, 2.0, "B")])
    assert spoken(parts) == [("A", " Are you there?"), ("B", " Yes.")]
    assert [(part.start, part.end) for part in parts] == [(0.0, 1.0), (1.2, 1.6)]
    assert [part.tokens for part in parts] == [(1, 2), ()]


def test_in_overlap_a_word_is_of_who_spoke_before() -> None:
    turns = [Turn(0.0, 1.05, "A"), Turn(0.4, 2.0, "B")]
    assert spoken(parted(QUESTION, turns)) == [("A", " Are you there?"), ("B", " Yes.")]


def test_a_word_outside_of_all_turns_is_of_the_nearest() -> None:
    assert spoken(parted(QUESTION, [Turn(0.0, 0.9, "A"), Turn(5.0, 6.0, "B")]))[-1] == ("A", QUESTION.text)
    assert spoken(parted(QUESTION, [Turn(9.0, 9.9, "B")])) == [("B", QUESTION.text)]


def test_without_word_times_a_segment_is_of_who_speaks_most() -> None:
    plain = Segment(0.0, 2.0, " Are you there? Yes.")
    assert spoken(parted(plain, [Turn(0.0, 0.8, "A"), Turn(0.8, 2.0, "B")])) == [("B", plain.text)]


def test_where_nobody_was_heard_nobody_is_made_up() -> None:
    assert spoken(parted(QUESTION, [])) == [(NOBODY, QUESTION.text)]


@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0, 3)), min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 5), st.sampled_from("ABC")), max_size=8),
)
def test_no_word_is_lost_and_none_changes_its_place(
    times: list[tuple[float, float]], told: list[tuple[float, float, str]]
) -> None:
    words = [(f" w{at}", start, start + seconds) for at, (start, seconds) in enumerate(sorted(times))]
    turns = sorted((Turn(start, start + seconds, who) for start, seconds, who in told), key=lambda turn: turn.start)
    whole = segment(*words)
    parts = parted(whole, turns)
    assert "".join(part.text for part in parts) == whole.text
    assert tuple(word for part in parts for word in part.words) == whole.words
    assert all(a.speaker != b.speaker for a, b in pairwise(parts))
    assert all(part.speaker in {"A", "B", "C", NOBODY} for part in parts)
