from hypothesis import given
from hypothesis import strategies as st

from voice_stack.asr.recognition.live_words import Agreement, LiveWord, live_words
from voice_stack.asr.types import Segment, Word


def words(text: str) -> list[LiveWord]:
    return live_words([Segment(0, 1, f" {text}")]) if text else []


def said(found: list[LiveWord]) -> str:
    return "".join(word.text for word in found)


def test_a_word_is_sent_when_two_decodings_agree_on_it() -> None:
    agreement = Agreement()
    assert said(agreement.agree(words("the man"))) == ""
    assert said(agreement.agree(words("the man was"))) == " the man"
    assert said(agreement.agree(words("The man, was walking"))) == ", was"
    assert said(agreement.finish(words("The man, was walking."))) == " walking."


def test_a_mark_at_the_end_of_the_sound_waits_for_the_word_behind_it() -> None:
    agreement = Agreement()
    agreement.agree(words("do for you?"))
    assert said(agreement.agree(words("do for you?"))) == " do for you"
    assert said(agreement.agree(words("do for you?"))) == ""
    assert said(agreement.finish(words("do for you?"))) == "?"


def test_what_was_sent_is_never_taken_back() -> None:
    agreement = Agreement()
    agreement.agree(words("I scream for"))
    assert said(agreement.agree(words("I scream for"))) == " I scream for"
    assert said(agreement.finish(words("Ice cream for all"))) == " all"


def test_a_cut_hands_on_what_was_sent_of_the_rest() -> None:
    agreement = Agreement()
    agreement.agree(words("one two three four five"))
    assert said(agreement.agree(words("one two three four five"))) == " one two three four five"
    assert said(agreement.cut(words("one two three."))) == ""
    assert said(agreement.finish(words("four five six"))) == " six"


def test_a_cut_sends_what_its_head_has_more() -> None:
    agreement = Agreement()
    agreement.agree(words("one two three"))
    agreement.agree(words("one two tree house"))
    assert said(agreement.cut(words("one two three."))) == " three."
    assert said(agreement.agree(words("house boat"))) == " house"


def test_scripts_without_blanks_go_letter_by_letter_and_timed_words_keep_their_probability() -> None:
    assert [word.text for word in live_words([Segment(0, 1, "今天好 ok 吗")])] == ["今", "天", "好", " ok", " 吗"]
    segment = Segment(0, 1, " yes", words=(Word(" yes", 0, 1, 0.25),))
    assert live_words([segment]) == [LiveWord(" yes", 0.25)]


TEXTS = st.lists(st.lists(st.sampled_from(["one", "two,", "Three", "four."]), max_size=6).map(" ".join), max_size=6)


@given(TEXTS, st.booleans())
def test_whatever_is_decoded_the_text_only_grows_and_ends_with_the_last_decoding(texts: list[str], cut: bool) -> None:
    agreement, sent = Agreement(), ""
    for text in texts:
        sent += said(agreement.agree(words(text)))
        assert said(agreement.sent) == sent
    if cut:
        agreement.cut(words("one two"))
    if texts and not sent:
        assert said(Agreement().finish(words(texts[-1]))).strip() == texts[-1]
