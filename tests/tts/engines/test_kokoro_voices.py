"""Names of Kokoro's voices and mixes of them."""

import pytest

from voice_stack.tts.engines.kokoro.voices import LANGUAGES, RELEASED, accent, describe, parse_mix

KNOWN = {"af_bella", "af_sky", "bm_george"}


def test_the_release_has_its_54_voices() -> None:
    assert len(RELEASED) == len(set(RELEASED)) == 54


def test_listed_voices_are_those_whose_language_is_spoken() -> None:
    listed = describe(RELEASED, downloaded=False)
    assert listed[0].id == "af_heart"
    assert len(listed) == 54 - 5 - 8  # without the Japanese and the Chinese ones
    assert {language for voice in listed for language in voice.languages} == LANGUAGES
    assert not any(voice.downloaded for voice in listed)
    by_id = {voice.id: voice for voice in listed}
    assert (by_id["bm_george"].name, by_id["bm_george"].gender) == ("George", "male")
    assert by_id["bm_george"].description == "British English"
    assert by_id["ff_siwis"].languages == ("fr",)


def test_voices_of_the_user_are_bound_to_no_language() -> None:
    (mine,) = describe(["my_own"], downloaded=True)
    assert (mine.id, mine.languages, mine.gender) == ("my_own", (), "")


@pytest.mark.parametrize(
    ("voice", "weights"),
    [
        ("af_sky", {"af_sky": 1.0}),
        ("af_sky(3)", {"af_sky": 1.0}),
        ("af_bella+af_sky", {"af_bella": 0.5, "af_sky": 0.5}),
        ("af_bella(3)+af_sky", {"af_bella": 0.75, "af_sky": 0.25}),
        ("af_bella(0.5) + bm_george(1.5)", {"af_bella": 0.25, "bm_george": 0.75}),
        ("af_sky+af_bella+af_sky+af_sky", {"af_sky": 0.75, "af_bella": 0.25}),
    ],
)
def test_mixes_are_shares_of_one(voice: str, weights: dict[str, float]) -> None:
    mix = parse_mix(voice, KNOWN)
    assert mix is not None
    assert mix.weights == weights


@pytest.mark.parametrize(
    "voice",
    [
        *("", "+", "af_sky+", "+af_sky", "af_nobody", "af_sky+af_nobody", "af_sky()", "af_sky(x)", "af_sky(-1)"),
        *("af_sky(0)", "af_sky(1e3)", "af_sky(1)(2)", "(2)af_sky", "af_sky-af_bella", "../af_sky", "af_sky(nan)"),
        *("af_sky(٣)", "+".join(["af_sky"] * 11)),
    ],
)
def test_what_is_no_mix_is_not_known(voice: str) -> None:
    assert parse_mix(voice, KNOWN) is None


@pytest.mark.parametrize(
    ("voice", "language", "espeak"),
    [
        ("af_sky", "en", "en-us"),
        ("bm_george", "en", "en-gb"),
        ("ff_siwis", "en", "en-us"),
        ("bm_george", "fr", "fr-fr"),
        ("my_own", "pt", "pt-br"),
    ],
)
def test_english_has_the_accent_of_the_voice(voice: str, language: str, espeak: str) -> None:
    assert accent(voice, language) == espeak
