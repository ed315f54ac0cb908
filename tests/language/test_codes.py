"""What clients call languages."""

import pytest

from voice_stack.language.aliases import ALIASES
from voice_stack.language.codes import LANGUAGES, find_language, language_name, names_no_language


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"),
        (" EN ", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("German", "de"),
        ("castilian", "es"),
        ("haw", "haw"),
        ("yue", "yue"),
        ("jv", "jw"),
        ("nb", "no"),
        ("zh-Hans-CN", "zh"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("FRE", "fr"),
        ("chi", "zh"),
        ("cmn-Hans", "zh"),
        ("slo", "sk"),
        ("slv", "sl"),
        ("fil", "tl"),
        ("fil-PH", "tl"),
        ("in", "id"),
        ("in_ID", "id"),
        ("iw", "he"),
        ("iw-IL", "he"),
        ("ji", "yi"),
        ("jw", "jw"),
        ("mo", "ro"),
        ("sh", "sr"),
        ("zh-yue", "yue"),
        ("Filipino", "tl"),
        ("zh_yue-Hant-HK", "yue"),
        ("no-nyn", "nn"),
        ("pob", "pt"),
        ("sve", "sv"),
        ("Greek, Modern (1453-)", "el"),
        ("Catalan; Valencian", "ca"),
        ("Norwegian Nynorsk", "nn"),
        ("Bokmål, Norwegian; Norwegian Bokmål", "no"),
        ("Malay (macrolanguage)", "ms"),
        ("Portuguese (Brazil)", "pt"),
        ("latin american  Spanish", "es"),
        ("Latin", "la"),
        ("english,german", None),
        ("english;german", None),
        ("American", None),
        ("old english", None),
        ("x" * 100_000, None),
        ("und", None),
        ("klingon", None),
        ("", None),
        ("xx", None),
    ],
)
def test_language_is_found_by_code_name_or_tag(value: str, code: str | None) -> None:
    assert find_language(value) == code


def test_every_code_and_name_finds_itself() -> None:
    for code, name in LANGUAGES.items():
        assert find_language(code) == code
        assert find_language(name) == code
        assert language_name(code) == name


def test_every_language_of_two_letters_is_found_by_three() -> None:
    by_three = {code for alias, code in ALIASES.items() if len(alias) == 3}
    assert {code for code in LANGUAGES if len(code) == 2} <= by_three
    assert set(ALIASES.values()) <= set(LANGUAGES)


def test_no_alias_hides_a_code() -> None:
    assert not {alias for alias, code in ALIASES.items() if alias in LANGUAGES and alias != code}


@pytest.mark.parametrize(
    "value", ["", " ", "auto", "AUTO", "und", "UND", "und-Latn", "mul", "mis", "zxx", "qaa", "unknown", "None"]
)
def test_code_for_undetermined_names_no_language(value: str) -> None:
    assert names_no_language(value)
    assert not names_no_language("en")
