"""Stand-ins: words that rules leave alone, and that are known again whatever stands around them."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.text.languages import known_languages
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.pronunciation.stand_ins import StandIns


@pytest.mark.parametrize(
    ("like", "length"),
    [("tomato", 6), ("Tomato", 20), ("SQL", 0), ("книги", 5), ("重庆", 2), ("كتاب", 4), ("5", 0), ("", 0)],
)
def test_a_stand_in_is_like_its_word(like: str, length: int) -> None:
    words = StandIns[int]("some text")
    word = words.put(1, like, length)
    assert word is not None
    assert word.isalpha()
    assert len(word) >= length
    assert (word[0].isupper(), word[0].islower()) == (like[:1].isupper(), like[:1].islower())
    assert not word.isupper()
    assert list(words.split(f"a {word}, b{word}c")) == ["a ", 1, ", b", 1, "c"]


@pytest.mark.parametrize("language", known_languages())
def test_no_rule_touches_stand_ins(language: str) -> None:
    words = StandIns[int]("")
    made = [
        words.put(n, like, 2) for n, like in enumerate(["tomato", "SQL", "Книги", "重庆", "서울", "C", "kg", "II"] * 40)
    ]
    text = " ".join(map(str, made))
    assert normalise(text, language) == text
    assert [part for part in words.split(text) if not isinstance(part, str)] == list(range(320))


def test_none_occurs_in_the_text_by_itself() -> None:
    text = "zq qz Zx xZ 𗀀"
    words = StandIns[int](text)
    made = [words.put(n, like, 0) for n, like in enumerate(["a", "B", "重"])]
    assert not any(str(word).lower() in text.lower() for word in made)
    assert list(words.split(text)) == [text]


def test_a_text_that_holds_all_of_its_letters_gets_none() -> None:
    every = ["".join(letters) for size in (2, 3, 4) for letters in permutations("zqxjvw", size)]
    words = StandIns[int](" ".join(every))
    assert words.put(1, "tomato", 6) is None
    assert words.put(1, "重庆", 2) is not None
    assert StandIns[int]("".join(map(chr, range(0x17000, 0x17100)))).put(1, "重庆", 2) is None


def test_some_are_written_out_and_others_stay() -> None:
    words = StandIns[str]("")
    one, two = words.put("one", "A", 0), words.put("two", "b", 0)
    assert words.write_out(f"{one} and {two}.", lambda held: held if held == "two" else None) == f"{one} and two."


def test_what_is_left_of_a_broken_one_is_noticed() -> None:
    words = StandIns[int]("")
    word = str(words.put(1, "tomato", 9))
    assert words.is_whole(f"a {word} b")
    assert not words.is_whole(f"a {word[:-1]} b")


@given(st.text(), st.lists(st.tuples(st.text(min_size=1, max_size=6), st.integers(0, 12)), max_size=30))
def test_any_are_found_again_in_order(between: str, likes: list[tuple[str, int]]) -> None:
    words = StandIns[int](between)
    made = [words.put(n, like, length) for n, (like, length) in enumerate(likes)]
    found = list(words.split(between.join(map(str, made))))
    assert [part for part in found if not isinstance(part, str)] == list(range(len(likes)))
    assert [part for part in found if isinstance(part, str)] == [between] * (len(likes) - 1 if between else 0)
