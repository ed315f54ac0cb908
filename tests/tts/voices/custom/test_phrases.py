import random
from pathlib import Path

import pytest

from tests.tts.voices.custom.conftest import PHRASE
from voice_stack.core.errors import SettingsError
from voice_stack.tts.voices.custom.phrases import Phrases, spoken_words, word_error_rate

NONE = Path("no-such-file.yaml")
LANGUAGES = {"cs", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "zh"}


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(NONE, ["OpenAI", "Acme"])


def test_every_language_has_a_phrase_that_names_somebody_and_one_that_names_nobody(phrases: Phrases) -> None:
    assert set(phrases.languages) == LANGUAGES
    for language in phrases.languages:
        spoken = phrases.of(language)
        assert any("OpenAI" in phrase for phrase in spoken), language
        assert any("Acme" in phrase for phrase in spoken), language
        assert any("OpenAI" not in phrase and "Acme" not in phrase for phrase in spoken), language
        assert not any("{" in phrase for phrase in spoken), language


def test_what_is_said_word_for_word_has_no_errors(phrases: Phrases) -> None:
    for language in phrases.languages:
        for phrase in phrases.of(language):
            match = phrases.closest(phrase.capitalize().replace(",", " -"), language)
            assert match is not None
            assert match.error_rate == 0


@pytest.mark.parametrize(
    ("heard", "at_most"),
    [
        (PHRASE.replace("OpenAI", "Open AI"), 0.11),
        (
            "I'm the owner of this voice and I consent to open a I using this voice to create a synthetic voice model",
            0.3,
        ),
        (PHRASE.replace("voice", "boys"), 0.2),
    ],
)
def test_what_is_misheard_a_little_is_close(phrases: Phrases, heard: str, at_most: float) -> None:
    match = phrases.closest(heard, "en")
    assert match is not None
    assert 0 < match.error_rate <= at_most


@pytest.mark.parametrize(
    "heard",
    [
        "",
        "the man was walking along the road",
        "I do not consent to anything",
        "Ich bin damit einverstanden",
        "this voice " * 500,
    ],
)
def test_what_says_something_else_is_far(phrases: Phrases, heard: str) -> None:
    match = phrases.closest(heard, "en")
    assert match is not None
    assert match.error_rate > 0.6


@pytest.mark.parametrize(
    ("heard", "language", "denial"),
    [
        (PHRASE.replace("I consent", "I do not consent"), "en", "not"),
        (PHRASE.replace("I consent", "I don't consent"), "en", "don"),
        (PHRASE, "en", None),
        ("Das ist meine Stimme, und ich bin nicht damit einverstanden, dass sie verwendet wird.", "de", "nicht"),
        ("这是我的声音，我不同意使用我的声音创建语音合成模型。", "zh", "不"),
    ],
)
def test_a_word_that_turns_the_meaning_round_is_told(
    phrases: Phrases, heard: str, language: str, denial: str | None
) -> None:
    match = phrases.closest(heard, language)
    assert match is not None
    assert match.denial == denial


def test_no_phrase_denies_itself(phrases: Phrases) -> None:
    for language in phrases.languages:
        for phrase in phrases.of(language):
            match = phrases.closest(phrase, language)
            assert match is not None
            assert match.denial is None, phrase


def test_a_language_without_phrases_has_none(phrases: Phrases) -> None:
    assert phrases.closest("anything", "fi") is None


def test_the_users_file_replaces_the_phrases_of_its_languages(tmp_path: Path) -> None:
    own = tmp_path / "consent.yaml"
    text = "english:\n  - My voice may be cloned by {name}.\nfi: [Suostun tähän kaikkeen täysin]\n"
    own.write_text(text, encoding="utf-8")
    phrases = Phrases(own, ["Acme"])
    assert phrases.of("en") == ["My voice may be cloned by Acme."]
    assert phrases.of("fi") == ["Suostun tähän kaikkeen täysin"]
    assert len(phrases.of("de")) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("klingon: [a b c d]", "line 1: 'klingon' is no language"),
        ("en: text", "line 1: en must have a list"),
        ("en:\n  - hm", "line 2: a phrase must be a text of 3"),
        ("- a", "must hold languages"),
        ("en: [a: b]", "a phrase must be a text"),
    ],
)
def test_a_mistake_in_the_users_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    own = tmp_path / "consent.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        Phrases(own, ["Acme"])


def plain_rate(wanted: list[str], heard: list[str]) -> float:
    """The same by the book, a cell at a time."""
    table = [[i + j if not i or not j else 0 for j in range(len(heard) + 1)] for i in range(len(wanted) + 1)]
    for i, word in enumerate(wanted, 1):
        for j, other in enumerate(heard, 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (word != other))
    return table[-1][-1] / len(wanted)


def test_the_error_rate_is_levenshteins_distance_over_words() -> None:
    chance = random.Random(7)
    for _ in range(200):
        wanted = [chance.choice("abcd") for _ in range(chance.randint(1, 12))]
        heard = [chance.choice("abcd") for _ in range(chance.randint(0, 12))]
        assert word_error_rate(wanted, heard) == plain_rate(wanted, heard)
    assert word_error_rate([], []) == 0
    assert word_error_rate([], ["a"]) == 1


def test_words_are_compared_without_case_and_signs() -> None:
    assert spoken_words("J'autorise, „ÉTÉ“ — 1_2!", "fr") == ["j", "autorise", "été", "1", "2"]
    assert spoken_words("我 同意。", "zh") == ["我", "同", "意"]
