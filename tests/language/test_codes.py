"""What clients call languages."""

import pytest

from voice_stack.language.codes import LANGUAGES, find_language, language_name


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
