"""What a recogniser heard is held against the text."""

import pytest

from voice_stack.tts.speaking.checking.faults import Fault, Verdict, verdict
from voice_stack.tts.speaking.checking.transcript import distance, transcript_faults

SAID = "She sells bread, cheese, honey, and eggs at the market."


@pytest.mark.parametrize(
    ("said", "heard", "language"),
    [
        (SAID, "She sells bread, cheese, honey and eggs at the market.", "en"),
        (SAID, "she sells bread cheese honey and eggs at a market", "en"),
        ("That makes three hundred and sixty five days.", "That makes 365 days.", "en"),
        ("In nineteen eighty four the bridge was closed.", "In 1984, the bridge was closed.", "en"),
        ("On the third of May, two thousand and twelve, they met.", "On the 3rd of May 2012, they met.", "en"),
        ("The number is four, seven, one, nine, two.", "The number is 47192.", "en"),
        ("We can not stay.", "We cannot stay.", "en"),
        ("Warning: the value could not be read.", "Morning, the valley cannot be read.", "en"),
        ("They are all already in the hall.", "They're all ready in the hole.", "en"),
        ("Professor Yamamoto teaches in Melbourne.", "Professor Yamamota teaches in Melborn.", "en"),
        ("Peace.", "Piece.", "en"),
        ("Über die Brücke fährt kein Zug.", "Uber die Brucke fährt kein Zug", "de"),
        ("今日は天気がいいですね。", "今日は天気が良いですね", "ja"),
        ("...", "Thank you.", "en"),
    ],
)
def test_what_is_heard_well_enough_is_no_fault(said: str, heard: str, language: str) -> None:
    assert list(transcript_faults(said, heard, language)) == []


@pytest.mark.parametrize(
    ("heard", "fault"),
    [
        ("She sells bread, cheese, and eggs at the market.", Fault.MISSING),
        ("She sells bread, cheese, honey, and eggs.", Fault.MISSING),
        ("She sells bread, cheese, honey, and eggs at the market. And then it was over.", Fault.EXTRA),
        ("She sells bread, cheese, honey, and eggs at the market at the market at the market.", Fault.EXTRA),
        ("El niño juega en el jardín con su perro.", Fault.OTHER),
        ("", Fault.MISSING),
    ],
)
def test_words_that_are_gone_too_many_or_others_are_faults(heard: str, fault: Fault) -> None:
    assert fault in transcript_faults(SAID, heard, "en")


@pytest.mark.parametrize(
    ("heard", "fault"),
    [
        ("Warning: the value could be read.", Fault.MISSING),
        ("Warning: the value not be read.", Fault.MISSING),
        ("Warning: could not be read.", Fault.MISSING),
        ("Warning: the value could not be read be read be read.", Fault.EXTRA),
    ],
)
def test_a_word_that_is_gone_is_not_taken_for_one_that_was_joined(heard: str, fault: Fault) -> None:
    assert list(transcript_faults("Warning: the value could not be read.", heard, "en")) == [fault]


def test_a_short_sentence_of_which_nothing_is_heard_is_silent() -> None:
    assert list(transcript_faults("Yes.", "", "en")) == [Fault.SILENT]


def test_distance_is_levenshteins() -> None:
    assert distance("kitten", "sitting") == 3
    assert distance("", "abc") == distance("abc", "") == 3


def test_the_worst_fault_counts_most() -> None:
    tail, silent = verdict([Fault.TAIL]), verdict([Fault.CUT, Fault.SILENT])
    assert silent.faults == (Fault.SILENT, Fault.CUT)
    assert min(silent, tail, key=lambda one: one.badness) is tail
    assert min(tail, Verdict(), key=lambda one: one.badness).passed
