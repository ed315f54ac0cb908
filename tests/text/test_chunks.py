"""Chunks: how sentences are packed and cut, which pauses follow, and what holds for any text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.core.errors import InvalidRequestError
from voice_stack.text.cutting.chunks import SMALLEST_LIMIT, Chunk, Opening, chunk, chunk_parts
from voice_stack.text.cutting.cuts import CLAUSE_MARKS, SENTENCE_MARKS, last_mark
from voice_stack.text.languages import known_languages
from voice_stack.text.markup.pauses import MAX_PAUSE_S, PARAGRAPH_PAUSE_S
from voice_stack.text.markup.spans import Pause

SENTENCE = "This is a sentence of fifty characters, neither less."
CLAUSES = "We walked along the river, past the old mill, over the bridge, and up to the tower; there we sat down, "


def texts(text: str, language: str = "en", *, target: int = 180, limit: int = 250, first: int = 80) -> list[str]:
    opening = Opening(first)
    return [c.text for c in chunk(text, language, target=target, limit=limit, opening=opening)]


def pauses(text: str, language: str = "en", *, limit: int = 250) -> list[float]:
    return [c.pause_after_s for c in chunk(text, language, limit=limit)]


def spoken(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


@pytest.mark.parametrize("text", ["", "  \n\n ", "...", "🙂 🙂", "\u200b"])
def test_nothing_to_speak_gives_no_chunk(text: str) -> None:
    assert chunk(text, "en", limit=250) == []


def test_sentences_are_packed_to_about_the_target() -> None:
    lengths = [len(text) for text in texts(" ".join([SENTENCE] * 20))]
    assert lengths[0] <= 80
    assert len(SENTENCE) * 2 <= lengths[1] <= 160
    assert all(len(SENTENCE) * 3 <= length <= 180 for length in lengths[2:-1])


def test_without_an_opening_the_first_chunk_is_like_the_others() -> None:
    assert [len(c.text) for c in chunk(" ".join([SENTENCE] * 6), "en", limit=250)] == [161, 161]
    assert [c.text for c in chunk(CLAUSES + "at last.", "en", limit=250)] == [CLAUSES + "at last."]


def test_the_first_chunk_is_the_first_clause_of_a_long_sentence() -> None:
    assert texts(CLAUSES * 2 + "at last.")[0] == "We walked along the river, past the old mill, over the bridge,"


def test_a_first_sentence_near_the_target_stays_whole() -> None:
    assert texts(f"{SENTENCE} {SENTENCE} {SENTENCE}")[0] == SENTENCE


def test_a_cut_at_a_mark_has_its_pause_and_one_without_a_mark_has_none() -> None:
    opening = Opening(36, anywhere=True)
    marked = "When the last train had gone, the old man closed his book and went home through the snow."
    assert [(c.text, c.pause_after_s) for c in chunk(marked, "en", limit=250, opening=opening)] == [
        ("When the last train had gone,", 0.1),
        ("the old man closed his book and went home through the snow.", 0.0),
    ]
    bare = "Researchers at the university have found that people who walk every day sleep better than others."
    assert [(c.text, c.pause_after_s) for c in chunk(bare, "en", limit=250, opening=opening)] == [
        ("Researchers at the university have found,", 0.0),
        ("that people who walk every day sleep better than others.", 0.0),
    ]


def test_the_chunks_behind_an_opening_grow() -> None:
    sentence = (
        "We walked along the river, past the old mill and over the bridge, and up to the tower we came at noon, late."
    )
    lengths = [
        len(c.text) for c in chunk(f"{sentence} {sentence}", "en", limit=250, opening=Opening(36, anywhere=True))
    ]
    assert lengths[0] <= 41
    assert lengths[1] <= 90
    assert sum(lengths) + len(lengths) - 1 == 2 * len(sentence) + 1


def test_the_first_chunk_of_chinese_is_shorter_than_that_of_english() -> None:
    first = texts("今天天气很好，我们去公园吧。" * 10, "zh", limit=82)[0]
    assert first == "今天天气很好，我们去公园吧。" * 2


def test_very_short_sentences_join_a_neighbour_beyond_the_target() -> None:
    one, two = f"She {'saw ' * 43}it.", f"He {'did ' * 43}it."
    assert texts(f"{SENTENCE} {one} Yes. {two}") == [SENTENCE, f"{one} Yes.", two]


def test_paragraphs_are_never_packed_together() -> None:
    assert chunk("A title\n\nThe text.", "en", limit=250) == [
        Chunk("A title.", PARAGRAPH_PAUSE_S),
        Chunk("The text.", 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("No stop here", "en", "No stop here."),
        ("Has one!", "en", "Has one!"),
        ("He said “go.”", "en", "He said “go.”"),
        ("(an aside)", "en", "(an aside)."),
        ("As follows:", "en", "As follows:"),
        ("Well…", "en", "Well…"),
        ("你好", "zh", "你好。"),
        ("你好", "zh-CN", "你好。"),
        ("こんにちは", "ja", "こんにちは。"),
        ("नमस्ते", "hi", "नमस्ते।"),
        ("مرحبا", "ar", "مرحبا."),
        ("هل أنت هنا؟", "ar", "هل أنت هنا؟"),
        ("안녕하세요", "ko", "안녕하세요."),
    ],
)
def test_every_chunk_ends_the_way_its_language_does(text: str, language: str, expected: str) -> None:
    assert texts(text, language) == [expected]


def test_a_long_sentence_is_cut_behind_clauses() -> None:
    for piece in texts(CLAUSES * 8 + "at last.")[1:-1]:
        assert piece.endswith((",", ";"))
        assert len(piece) > 80


def test_a_number_is_not_cut_at_its_comma() -> None:
    assert all("1,500" in piece for piece in texts("about 1,500 " * 60, limit=40)[:-1])


def test_a_sentence_without_clauses_is_cut_between_words() -> None:
    pieces = texts("word " * 200)
    assert all(set(piece.rstrip(",.").split()) == {"word"} for piece in pieces)
    assert max(map(len, pieces)) - min(map(len, pieces)) < 30


def test_text_without_spaces_is_cut_anywhere_but_not_inside_a_character() -> None:
    pieces = texts("a\u0301" * 300, limit=50)
    assert all(len(piece) <= 50 and not piece.startswith("\u0301") for piece in pieces)


def test_a_latin_word_in_text_without_spaces_is_not_cut() -> None:
    pieces = texts("".join(f"{'お' * n}MySQL" for n in range(30)), "ja", limit=40)
    assert sum(piece.count("MySQL") for piece in pieces) == 30


def test_an_inner_sentence_is_the_best_place_to_cut() -> None:
    quote = "He said: “" + "I have been here for a very long while, and I will stay. " * 6 + "Really.”"
    assert all(piece.endswith("stay.") for piece in texts(quote)[1:-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.[pause:1.5s]Two.", [Chunk("One.", 1.5), Chunk("Two.", 0.0)]),
        ("One. [pause 0.5s] Two.", [Chunk("One.", 0.5), Chunk("Two.", 0.0)]),
        ("One. [pause:300ms] Two.", [Chunk("One.", 0.3), Chunk("Two.", 0.0)]),
        ("One [PAUSE: 2 s] two", [Chunk("One,", 2.0), Chunk("two.", 0.0)]),
        ("One [pause:0,5s] two", [Chunk("One,", 0.5), Chunk("two.", 0.0)]),
        ("One.\n\n[pause:1s]\n\nTwo.", [Chunk("One.", 1.0), Chunk("Two.", 0.0)]),
        ("One.[pause:1s][pause:250ms]Two.", [Chunk("One.", 1.25), Chunk("Two.", 0.0)]),
        ("One.[pause:1s]...[pause:1s]Two.", [Chunk("One.", 2.0), Chunk("Two.", 0.0)]),
        ("One.[pause:0s]Two.", [Chunk("One.", 0.0), Chunk("Two.", 0.0)]),
        ("One.[pause:10s]", [Chunk("One.", 10.0)]),
        ("One.[pause:1]Two.", [Chunk("One.", 1.0), Chunk("Two.", 0.0)]),
        ("[pause:1s]One.", [Chunk("", 1.0), Chunk("One.", 0.0)]),
        ("[pause:1s]", [Chunk("", 1.0)]),
    ],
)
def test_explicit_pauses_are_kept_exactly(text: str, expected: list[Chunk]) -> None:
    assert chunk(text, "en", limit=250) == expected


def test_a_pause_that_ends_a_sentence_makes_one_of_what_is_before() -> None:
    parts: list[str | Pause] = ["A title", Pause(1.0, ends_sentence=True), "and", Pause(0.5), "so on"]
    assert chunk_parts(parts, "en", limit=250) == [Chunk("A title.", 1.0), Chunk("and,", 0.5), Chunk("so on.", 0.0)]


@pytest.mark.parametrize(
    "text", ["a[pause:10.1s]b", "a[pause:6s][pause:6s]b", "a[pause:99999ms]b", "a[pause:6s]-[pause:6s]b"]
)
def test_a_pause_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"{MAX_PAUSE_S:g} s") as caught:
        chunk(text, "en", limit=250)
    assert caught.value.param == "input"


@pytest.mark.parametrize("text", ["[pause:soon]", "[pause:-1s]", "[pause:1h]", "[pause]"])
def test_what_is_no_pause_mark_is_text(text: str) -> None:
    assert spoken("".join(texts(text))) == spoken(text)


def test_pauses_grow_with_what_a_chunk_ends_in() -> None:
    stop = pauses(f"{SENTENCE}\n\n" + " ".join([SENTENCE] * 6))
    clause = pauses("word, " * 100)
    assert stop[0] == PARAGRAPH_PAUSE_S > stop[1] > clause[1] > 0
    assert stop[-1] == clause[-1] == 0.0


@pytest.mark.parametrize(
    "sizes", [{"limit": SMALLEST_LIMIT - 1}, {"limit": 250, "target": 0}, {"limit": 250, "opening": Opening(0)}]
)
def test_impossible_sizes_are_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        chunk("Text.", "en", **sizes)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "a. " * 33_333, "你好，" * 33_333, "\u0301" * 100_000, "a [pause:1s]" * 8_000, "— " * 50_000],
)
def test_hostile_text_is_cut_to_the_limit(text: str) -> None:
    assert all(len(c.text) <= 82 for c in chunk(text, "zh", limit=82))


ALPHABET = st.sampled_from("aBéß15 .!?…,;:\"'“”()—-\n\t\u00a0\u200b\u0301你，。」「कि्। ")


@given(
    text=st.text(alphabet=ALPHABET, max_size=400) | st.text(max_size=200),
    language=st.sampled_from(known_languages()),
    limit=st.integers(SMALLEST_LIMIT, 300),
    target=st.integers(1, 300),
    opening=st.none() | st.builds(Opening, st.integers(1, 100), st.booleans()),
)
def test_any_text_is_spoken_whole_within_the_limit(
    text: str, language: str, limit: int, target: int, opening: Opening | None
) -> None:
    chunks = chunk(text, language, limit=limit, target=target, opening=opening)
    assert spoken("".join(c.text for c in chunks)) == spoken(text)
    assert all(len(c.text) <= limit for c in chunks)
    assert all(last_mark(c.text) in {*SENTENCE_MARKS, *CLAUSE_MARKS} for c in chunks)
    assert all(c.text == c.text.strip() and c.pause_after_s >= 0 for c in chunks)
