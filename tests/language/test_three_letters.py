"""Codes of three letters, as containers write them."""

import pytest

from voice_stack.language.aliases import three_letters


@pytest.mark.parametrize(
    ("code", "expected"), [("en", "eng"), ("de", "deu"), ("fr", "fra"), ("zh", "zho"), ("xx", None), ("", None)]
)
def test_the_terminological_code_is_told(code: str, expected: str | None) -> None:
    assert three_letters(code) == expected
