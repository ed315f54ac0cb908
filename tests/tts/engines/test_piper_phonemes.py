"""Text and IPA become the phonemes of a Piper voice, and no mark between them is lost or read aloud."""

import json
from pathlib import Path
from typing import Any

import pytest

from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.piper.phonemes import sentences

pytest.importorskip("piper")


@pytest.fixture(scope="module")
def voice(tiny_piper: Path) -> Any:
    from piper import PiperVoice

    return PiperVoice.load(tiny_piper / "en_US-alto-medium.onnx")


def read(voice: Any, *parts: Pronounced | str) -> list[str]:
    pieces = [Pronounced(part) if isinstance(part, str) else part for part in parts]
    return ["".join(sentence) for sentence in sentences(voice, pieces)]


def word(ipa: str, text: str = "word") -> Pronounced:
    return Pronounced(text, ipa)


def test_text_is_read_a_sentence_at_a_time(voice: Any) -> None:
    assert read(voice, "Hello, you. ", "Really?") == ["həlˈoʊ, juː.", "ɹˈiəli?"]


@pytest.mark.parametrize(
    ("parts", "phonemes"),
    [
        ((word("bɪt"),), ["bɪt"]),
        (("Say ", word("bɪt"), " now"), ["sˈeɪ bɪt nˈaʊ"]),
        (("Say", word("bɪt", " word "), "now"), ["sˈeɪ bɪt nˈaʊ"]),
        (("Say ", word("bɪt"), ", now."), ["sˈeɪ bɪt, nˈaʊ."]),
        (("Say ", word("bɪt"), "! Now?"), ["sˈeɪ bɪt!", "nˈaʊ?"]),
        ((word("bɪt"), ". ", word("bɪt"), "."), ["bɪt.", "bɪt."]),
        ((word("bɪt", "word "), word("bɛt")), ["bɪt bɛt"]),
        (("Now. Say ", word("bɪt"), "; now. Now."), ["nˈaʊ.", "sˈeɪ bɪt; nˈaʊ.", "nˈaʊ."]),
        (("Now. ", word("bɪt"), "…"), ["nˈaʊ.", "bɪt."]),
    ],
)
def test_ipa_stands_between_the_words_around_it(
    voice: Any, parts: tuple[Pronounced | str, ...], phonemes: list[str]
) -> None:
    assert read(voice, *parts) == phonemes


@pytest.mark.parametrize(
    ("ipa", "phonemes"),
    [
        ("/ˈgoʊ/", "ˈɡoʊ"),
        ("'go:", "ˈɡoː"),
        ("ˈkæt.əl", "ˈkætəl"),
        ("t͡ʃ", "tʃ"),
        ("bɔ\u0303", "bɔ\u0303"),
        ("bõ", "bo\u0303"),
        ("a☃b", "ab"),
    ],
)
def test_ipa_as_people_write_it(voice: Any, ipa: str, phonemes: str) -> None:
    assert read(voice, word(ipa)) == [phonemes]


def test_brackets_in_a_text_are_no_phonemes(voice: Any) -> None:
    assert read(voice, "Say [[b]] now") == ["sˈeɪ bˈiː nˈaʊ"]
    assert read(voice, "Say [[b]] ", word("bɪt")) == ["sˈeɪ bˈiː bɪt"]


@pytest.mark.parametrize("text", ["", " ", "…", "?!"])
def test_what_has_no_letter_is_not_spoken(voice: Any, text: str) -> None:
    assert read(voice, text) == []
    assert read(voice, text, word("")) == []


def test_voice_with_its_own_alphabet_reads_the_words(tiny_piper: Path) -> None:
    from piper import PiperVoice
    from piper.config import PiperConfig

    config = json.loads((tiny_piper / "en_US-alto-medium.onnx.json").read_text(encoding="utf-8"))
    plain = PiperVoice(session=None, config=PiperConfig.from_dict(config | {"phoneme_type": "text"}))
    assert read(plain, "Say ", word("bɪt")) == ["Say word"]
