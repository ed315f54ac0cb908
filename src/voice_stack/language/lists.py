"""Lists of languages in settings."""

from typing import Annotated

from pydantic import AfterValidator

from voice_stack.core.settings import CommaList
from voice_stack.language.codes import find_language


def _codes(names: list[str]) -> list[str]:
    codes = [find_language(name) for name in names]
    for name, code in zip(names, codes, strict=True):
        if code is None:
            raise ValueError(f"{name!r} is no language; use a code such as en or de")
    return [code for code in codes if code is not None]


LanguageList = Annotated[CommaList, AfterValidator(_codes)]
"""Languages by code or name, comma-separated in the environment; codes once they are read."""
