"""Subtitles of real sentences: where they are cut, what is left out, who speaks, which way a line is written."""

from dataclasses import replace

import pytest

from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.subtitles.profiles import Profile, Shape, limits_for
from voice_stack.asr.subtitles.shape import Subtitles, shaped, subtitles
from voice_stack.asr.subtitles.units import Unit, units_of
from voice_stack.asr.types import LanguageGuess, Segment, Task, Transcript, Word
from voice_stack.text.subtitles import Cue

NETFLIX = Shape(Profile.NETFLIX)


def spoken(text: str, start: float = 1.0, *, rate: float = 0.06, pause: float = 0.0) -> Segment:
    """A segment whose words are as long as their letters, with pauses behind sentences."""
    words = []
    clock = start
    for token in text.split():
        words.append(Word(f" {token}", clock, clock + rate * len(token)))
        clock = words[-1].end + rate + (pause if token[-1] in ".?!" else 0.0)
    return Segment(start, words[-1].end, f" {text}", words=tuple(words))


def transcript(*segments: Segment, language: str | None = "en", task: Task = Task.TRANSCRIBE) -> Transcript:
    guess = LanguageGuess(language, 1.0) if language else None
    return Transcript(task, segments, guess, 60.0, "faster-whisper", "base")


def lines(made: Subtitles) -> list[tuple[str, ...]]:
    return [cue.lines for cue in made.cues]


def test_a_long_segment_is_cut_at_its_clauses() -> None:
    text = (
        "Well, I always knew that you would eventually agree with me about the house, because my mother said so when I "
        "was a child. Nothing happened for years."
    )
    made = shaped(transcript(spoken(text)), NETFLIX)
    assert lines(made) == [
        ("Well, I always knew that you would", "eventually agree with me about the house,"),
        ("because my mother said so", "when I was a child."),
        ("Nothing happened for years.",),
    ]


def test_a_line_that_is_enough_is_not_broken() -> None:
    made = shaped(transcript(spoken("It is easy to tell the depth of a well.")), NETFLIX)
    assert lines(made) == [("It is easy to tell the depth of a well.",)]


def test_a_word_is_not_left_alone() -> None:
    text = "We have been waiting for the train to the city since a quarter past eleven in the morning yesterday."
    made = shaped(transcript(spoken(text)), NETFLIX)
    assert all(len(cue.text.split()) > 2 for cue in made.cues)
    assert all(len(line.split()) > 1 for cue in made.cues for line in cue.lines)


def test_an_article_stays_with_its_noun() -> None:
    text = "He told everybody who wanted to hear it that the extraordinary president of the republic had left."
    ends = {line.split()[-1] for cue in shaped(transcript(spoken(text)), NETFLIX).cues for line in cue.lines}
    assert not ends & {"the", "of", "to", "that", "had"}


def test_a_pause_ends_a_subtitle() -> None:
    made = shaped(transcript(spoken("One moment. Here it is.", pause=2.5)), NETFLIX)
    assert lines(made) == [("One moment.",), ("Here it is.",)]
    assert made.cues[0].end < made.cues[1].start - 0.5, "what is not said is not shown"


def test_it_stays_long_enough_to_be_read_where_there_is_room() -> None:
    fast = spoken("You said that you had never ever seen it before.", rate=0.02)
    (cue,) = shaped(transcript(fast), NETFLIX).cues
    assert cue.end - cue.start == pytest.approx(len(cue.text) / 20, abs=0.002)
    (cue,) = shaped(transcript(spoken("No.")), NETFLIX).cues
    assert cue.end - cue.start == pytest.approx(5 / 6, abs=0.002)
    (cue,) = shaped(transcript(fast), Shape(Profile.NETFLIX_KIDS)).cues
    assert cue.end - cue.start == pytest.approx(len(cue.text) / 17, abs=0.002)
    (cue,) = shaped(transcript(fast), Shape(Profile.BBC)).cues
    assert cue.end - cue.start == pytest.approx(10 / 180 * 60, abs=0.002)


def test_a_short_gap_is_closed_to_two_frames() -> None:
    first, second = spoken("It is easy to tell the depth.", 1.0), spoken("These days it is rare.", 3.2)
    one, two = shaped(transcript(first, second), NETFLIX).cues
    assert two.start == 3.2
    assert two.start - one.end == pytest.approx(2 / 24, abs=0.001)


def test_without_word_times_a_segment_is_shared_out_by_its_letters() -> None:
    segment = replace(spoken("This is the first sentence of two. And this one is as long as that."), words=())
    one, two = shaped(transcript(replace(segment, start=0.0, end=6.9)), NETFLIX).cues
    assert (one.text, two.text) == ("This is the first sentence of two.", "And this one is as long as that.")
    assert two.start == pytest.approx(6.9 * 27 / 51, abs=0.01)


def test_words_without_punctuation_have_their_times_all_the_same() -> None:
    heard = spoken("Hello, world! Here we are.")
    bare = replace(heard, words=tuple(replace(word, text=word.text.strip(" ,!.")) for word in heard.words))
    assert units_of([bare]) == units_of([heard])


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("[Music] Come in. [door closes]", "Come in."),
        ("♪♪", ""),
        ("(applause)", ""),
        ("*sighs* Not again.", "Not again."),
        ("I paid (I think) too much.", "I paid (I think) too much."),
        ("[BLANK_AUDIO]", ""),
        ("Untertitelung des ZDF, 2020", ""),
        ("Subtitles by the Amara.org community", ""),
        ("She did the subtitles by herself.", "She did the subtitles by herself."),
        ("no no no no", "no no no no"),
        ("Thank you for watching the film. " * 5, "Thank you for watching the film."),
        ("no " * 40, "no"),
        ("0 " * 12, "0 0 0 0 0 0 0 0 0 0 0 0"),
        ("...", ""),
    ],
)
def test_what_nobody_said_is_left_out(said: str, left: str) -> None:
    made = shaped(transcript(spoken(said)), NETFLIX)
    assert " ".join(cue.text for cue in made.cues) == left
    assert bool(made.dropped) == (" ".join(said.split()) != left)
    kept = shaped(
        transcript(spoken(said)), Shape(Profile.NETFLIX, (("drop_non_speech", False), ("drop_repetitions", False)))
    )
    assert " ".join(cue.text for cue in kept.cues) == " ".join(said.split())


def test_what_is_said_again_later_stays() -> None:
    heard = transcript(*(spoken("Nine, three, two, six.", 120.0 * n) for n in range(10)))
    made = shaped(heard, NETFLIX)
    assert len(made.cues) == 10
    assert not made.dropped


def dialogue(*turns: tuple[str, str]) -> list[Unit]:
    units: list[Unit] = []
    for speaker, text in turns:
        segment = spoken(text, units[-1].end + 0.1 if units else 0.0)
        units += [replace(unit, speaker=speaker) for unit in units_of([segment])]
    return units


def test_two_speakers_have_a_dash_each() -> None:
    units = dialogue(("A", "Are you coming?"), ("B", "In a minute."))
    made = subtitles(units, limits_for(NETFLIX, "en"), "en")
    assert lines(made) == [("-Are you coming?", "-In a minute.")]
    assert made.cues[0].text == "Are you coming? In a minute."
    assert lines(subtitles(units, limits_for(NETFLIX, "ko"), "ko"))[0] == ("- Are you coming?", "- In a minute.")


def test_who_has_more_to_say_has_a_subtitle_of_their_own() -> None:
    units = dialogue(("A", "Are you coming to the house of my mother on Sunday, or not?"), ("B", "In a minute."))
    for limits in (limits_for(NETFLIX, "en"), limits_for(Shape(Profile.NETFLIX, (("max_line_count", 1),)), "en")):
        made = subtitles(units, limits, "en")
        assert made.cues[-1].lines == ("In a minute.",)
    without = subtitles(
        dialogue(("A", "Yes?"), ("B", "No.")), limits_for(Shape(Profile.NETFLIX, (("dialogue_dashes", False),)), ""), ""
    )
    assert lines(without) == [("Yes?",), ("No.",)]


def test_names_stand_where_somebody_begins_to_speak() -> None:
    heard = transcript(
        replace(spoken("Are you coming to the house of my mother on Sunday, or are you not?"), speaker="Anna"),
        replace(spoken("In a minute.", 6.0), speaker="speaker_1"),
        replace(spoken("Good.", 7.3), speaker="Anna"),
    )
    assert lines(shaped(heard, NETFLIX)) == [
        ("Anna: Are you coming to the house", "of my mother on Sunday, or are you not?"),
        ("-speaker_1: In a minute.", "-Anna: Good."),
    ]
    assert "Anna: Are you coming to the house\n" in render(heard, TranscriptFormat.SRT, NETFLIX)
    assert "\nspeaker_1: In a minute.\n" in render(heard, TranscriptFormat.SRT)
    assert "<v speaker_1>In a minute." in render(heard, TranscriptFormat.VTT)
    assert ",speaker_1: In a minute." in render(heard, TranscriptFormat.ASS)


def test_full_width_characters_are_counted_as_the_guides_do() -> None:
    text = "今日はとてもいい天気ですね、私たちは散歩に行きましょう。それからNetflixで新しいニュースを見るつもりです。"
    words = [Word(character, 1 + 0.15 * n, 1.15 + 0.15 * n) for n, character in enumerate(text)]
    heard = Segment(1.0, words[-1].end, text, words=tuple(words))
    made = shaped(transcript(heard, language="ja"), NETFLIX)
    assert "".join(cue.text for cue in made.cues) == text
    for line in (line for cue in made.cues for line in cue.lines):
        assert sum(0.5 if character.isascii() else 1 for character in line) <= 16
        assert line[0] not in "、。ー"
        assert "Netflix" in line or not any(map(str.isascii, line)), "a word is not broken"
    assert lines(shaped(transcript(heard, language=None), NETFLIX)) == lines(
        shaped(transcript(heard, language="zh"), NETFLIX)
    )


def test_lines_from_right_to_left_say_so() -> None:
    heard = transcript(spoken("אני אוהב את Netflix."), spoken("Yes, it is.", 6.0), language="he")
    srt = render(heard, TranscriptFormat.SRT, NETFLIX)
    assert "\n\u202bאני אוהב את Netflix.\u202c\n" in srt
    assert "\nYes, it is.\n" in srt
    assert "\u202b" not in render(heard, TranscriptFormat.SRT)
    assert "\u202b" not in render(heard, TranscriptFormat.VTT, NETFLIX), "its players tell by the letters"
    assert 'tts:direction="rtl"' in render(heard, TranscriptFormat.TTML, NETFLIX)


def test_a_translation_is_english() -> None:
    heard = transcript(spoken("The house."), language="ja", task=Task.TRANSLATE)
    assert 'xml:lang="en"' in render(heard, TranscriptFormat.TTML, NETFLIX)


def test_all_may_come_later_or_earlier() -> None:
    heard = transcript(spoken("One is gone."), spoken("Two stays here.", 10.0))
    later = shaped(heard, Shape(start_offset=2.5))
    assert later.cues == (
        Cue(3.5, heard.segments[0].end + 2.5, " One is gone."),
        Cue(12.5, heard.segments[1].end + 2.5, " Two stays here."),
    )
    earlier = shaped(heard, Shape(Profile.NETFLIX, start_offset=-10.5))
    assert [(cue.start, cue.text) for cue in earlier.cues] == [(0.0, "Two stays here.")]


def test_numbers_alone_cut_segments_and_join_none() -> None:
    one, two = spoken("It is easy to tell the depth of a well, they say here."), spoken("Short.", 10.0)
    made = shaped(transcript(one, two), Shape(numbers=(("max_line_width", 30),)))
    assert lines(made) == [("It is easy to tell the depth", "of a well, they say here."), ("Short.",)]
    assert [(cue.start, round(cue.end, 3)) for cue in made.cues] == [(1.0, round(one.end, 3)), (10.0, 10.36)]


@pytest.mark.parametrize("fmt", [fmt for fmt in TranscriptFormat if fmt.writer])
def test_none_is_segments_as_they_are(fmt: TranscriptFormat) -> None:
    heard = transcript(spoken("[Music] One. " * 20), spoken("No no no no no no no no no no.", 100.0))
    assert render(heard, fmt, Shape()) == render(heard, fmt)
    if fmt in (TranscriptFormat.SRT, TranscriptFormat.VTT):
        assert render(heard, fmt).count("-->") == 2
        assert " ".join(["[Music] One."] * 20) in render(heard, fmt)
