"""The voices of the installed espeak-ng, and which of them speaks what."""

from pathlib import Path

import pytest

from voice_stack.language.codes import LANGUAGES
from voice_stack.tts.engines.espeak.voices import EspeakVoices, installed_voices


@pytest.fixture(scope="module")
def voices() -> EspeakVoices:
    import espeakng_loader

    return installed_voices(Path(espeakng_loader.get_data_path()))


def test_every_language_of_xtts_is_spoken(voices: EspeakVoices) -> None:
    xtts = "en es fr de it pt pl tr ru nl cs ar zh ja hu ko hi"
    for language in xtts.split():
        assert language in voices.languages
    assert voices.languages <= LANGUAGES.keys()
    assert len(voices.languages) > 70


def test_a_language_without_its_dictionary_is_not_listed(voices: EspeakVoices) -> None:
    assert "fo" not in voices.languages  # its file is there, but it would say nothing
    assert not voices.knows("fo")


def test_the_default_voice_speaks_every_language(voices: EspeakVoices) -> None:
    first = voices.listing[0]
    assert (first.id, first.languages) == ("default", ())
    assert all(voices.resolve(first.id, language) for language in voices.languages)


def test_voices_are_listed_once_with_language_and_gender(voices: EspeakVoices) -> None:
    listed = {voice.id: voice for voice in voices.listing}
    assert len(listed) == len(voices.listing)
    assert (listed["en-gb"].name, listed["en-gb"].languages) == ("English (Great Britain)", ("en",))
    assert listed["cmn"].languages == ("zh",)
    assert listed["nb"].languages == ("no",)
    assert listed["yue"].languages == ("yue",)
    assert listed["hyw"].languages == ("hy",)
    assert (listed["f3"].name, listed["f3"].gender, listed["f3"].languages) == ("Female 3", "female", ())
    assert (listed["m8"].gender, listed["alicia"].gender) == ("male", "female")
    assert {voice.gender for voice in voices.listing} <= {"female", "male", ""}
    assert "unfinished" in listed["th"].description


@pytest.mark.parametrize("odd", ["en-shaw", "fa-latn", "cmn-latn-pinyin", "whisper", "robosoft", "klatt", "piqd"])
def test_transcriptions_effects_and_invented_languages_are_left_out(voices: EspeakVoices, odd: str) -> None:
    assert not voices.knows(odd)


@pytest.mark.parametrize(
    ("voice", "language", "name"),
    [
        ("default", "en", "gmw/en-US"),
        ("default", "pt", "roa/pt-BR"),
        ("default", "fr", "roa/fr"),
        ("default", "es", "roa/es"),
        ("default", "zh", "sit/cmn"),
        ("default", "no", "gmq/nb"),
        ("default", "hy", "ine/hy"),
        ("default", "vi", "aav/vi"),
        ("default", "ko", "ko"),
        ("f3", "de", "gmw/de+f3"),
        ("Alicia", "de", "gmw/de+Alicia"),
        ("default+m2", "de", "gmw/de+m2"),
        ("en-gb", "en", "gmw/en"),
        ("EN-GB", "en", "gmw/en"),
        ("pt", "pt", "roa/pt"),
        ("pt-pt", "pt", "roa/pt"),
        ("fr", "fr", "roa/fr"),
        ("zh", "zh", "sit/cmn"),
        ("de+f3", "de", "gmw/de+f3"),
        ("es-mx+F1", "es", "roa/es-419+f1"),
        # A voice of another language: what is written is spoken, only the throat is kept.
        ("en-gb", "de", "gmw/de"),
        ("en-gb+f3", "de", "gmw/de+f3"),
        ("cmn", "yue", "sit/yue"),
    ],
)
def test_voice_and_language_meet(voices: EspeakVoices, voice: str, language: str, name: str) -> None:
    assert voices.knows(voice)
    assert voices.resolve(voice, language) == name


@pytest.mark.parametrize("voice", ["", "+", "+f3", "de+", "de+xx", "f3+m1", "f3+de", "de+f3+m1", "../de", "gmw/de"])
def test_unknown_voices(voices: EspeakVoices, voice: str) -> None:
    assert not voices.knows(voice)
    assert voices.resolve(voice, "de") is None
