"""Text and IPA become the symbols that Kokoro was trained on."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.kokoro.phonemes import Phonemiser, from_ipa


@pytest.fixture(scope="module")
def phonemiser() -> Phonemiser:
    from kokoro_onnx.config import DEFAULT_VOCAB

    return Phonemiser(DEFAULT_VOCAB)


def read(phonemiser: Phonemiser, text: str, accent: str = "en-us") -> str:
    return phonemiser.phonemes((Pronounced(text),), accent)


@pytest.mark.parametrize(
    ("accent", "text", "phonemes"),
    [
        ("en-us", "The church.", "ðə ʧˈɜɹʧ."),
        ("en-us", "I go, now!", "I ɡˈO, nˈW!"),
        ("en-gb", "Go there.", "ɡˌQ ðˈɛː."),
        ("es", "¡Mucho!", "mˈuʧo!"),
        ("it", "La pizza.", "la pˈiʦːa."),
        ("fr-fr", "Bonjour.", "bɔ̃ʒˈuʁ."),
        ("pt-br", "Bom dia.", "bˈoŋ ʤˈiæ."),
        ("hi", "नमस्ते।", "nəmˈʌsteː."),
    ],
)
def test_text_is_read_in_kokoros_alphabet(phonemiser: Phonemiser, accent: str, text: str, phonemes: str) -> None:
    assert read(phonemiser, text, accent) == phonemes


def test_marks_of_a_foreign_word_are_not_spoken(phonemiser: Phonemiser) -> None:
    phonemes = read(phonemiser, "C'est le weekend.", "fr-fr")
    assert phonemes == "sɛ lə wiːkˈɛnd."


def test_punctuation_stays_where_it_is(phonemiser: Phonemiser) -> None:
    assert read(phonemiser, "a «b», (c); d: e… f? g!") == "ˈA “bˈi”, (sˈi); dˈi: ˈi… ˈɛf? ʤˈi!"


@pytest.mark.parametrize("text", ["", " ", "…", "?!", " , "])
def test_what_has_no_letter_is_not_spoken(phonemiser: Phonemiser, text: str) -> None:
    assert read(phonemiser, text) == ""


def test_ipa_stands_between_the_words_around_it(phonemiser: Phonemiser) -> None:
    parts = (
        Pronounced("I say "),
        Pronounced("tomato", "təˈmeɪtəʊ"),
        Pronounced(", not "),
        Pronounced("tomahto ", "təˈmɑː.təʊ"),
        Pronounced("!"),
    )
    assert phonemiser.phonemes(parts, "en-us") == "I sˈA təˈmAtQ, nˈɑt təˈmɑtQ !"


@pytest.mark.parametrize(
    ("accent", "ipa", "symbols"),
    [
        ("en-us", "tʃɜːtʃ", "ʧɜɹʧ"),
        ("en-us", "t͡ʃ", "ʧ"),
        ("en-us", "t͜ʃ", "ʧ"),
        ("en-us", "ded", "dɛd"),
        ("en-us", "deɪ", "dA"),
        ("en-gb", "ˈkæt.əl", "ˈkætəl"),
        ("en-gb", "/'gɔɪt/", "ˈɡYt"),
        ("en-gb", "ˈbɒtl̩", "ˈbɒtᵊl"),
        ("fr-fr", "bɔ̃", "bɔ\u0303"),
        ("pt-br", "mãe", "ma\u0303e"),
        ("es", "ˈletʃe", "ˈleʧe"),
        ("es", "aj", "aj"),
        ("fr-fr", "gaʁsɔ̃", "ɡaʁsɔ\u0303"),
    ],
)
def test_ipa_as_people_write_it(accent: str, ipa: str, symbols: str) -> None:
    assert from_ipa(ipa, accent) == symbols


def test_what_kokoro_does_not_know_is_left_out(phonemiser: Phonemiser) -> None:
    assert phonemiser.phonemes((Pronounced("x", "aǃ☃7b"),), "es") == "ab"


def test_readers_do_not_disturb_each_other(phonemiser: Phonemiser) -> None:
    texts = {"en-us": "The birch canoe slid.", "fr-fr": "Le canot glissait.", "es": "La canoa se desliza."}
    alone = {accent: read(phonemiser, text, accent) for accent, text in texts.items()}
    wrong: list[str] = []

    def work(accent: str) -> None:
        for _ in range(100):
            found = read(phonemiser, texts[accent], accent)
            if found != alone[accent]:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(accent,)) for accent in (*texts, *texts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_copy_of_the_library_is_left_behind() -> None:
    code = (
        "import glob, tempfile\n"
        "from voice_stack.tts.engines.kokoro.phonemes import Phonemiser\n"
        "Phonemiser('abc')\n"
        "print(*glob.glob(tempfile.gettempdir() + '/*/libespeak-ng*'), sep='\\n')\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"TMPDIR": folder}
        )
        assert done.stdout.startswith(folder)
        assert list(Path(folder).rglob("libespeak*")) == []
