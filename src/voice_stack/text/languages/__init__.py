"""Facts of text, one file a language: `de.py` holds German's as `LOCALE`.

A file is found by its name, the ISO 639 code: a language is added by adding one, and nothing else is edited. Texts in
a language without one are spoken as they are written, and cut like English.
"""

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from voice_stack.language.codes import base_code
from voice_stack.text.languages.figures import figures_for
from voice_stack.text.languages.locale import Locale
from voice_stack.text.languages.overlay import laid_over
from voice_stack.text.languages.writing import writing_for

_CODE = re.compile(r"[a-z]{2,3}")


def known_languages() -> tuple[str, ...]:
    """The codes of the languages that have a file, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if _CODE.fullmatch(module.name)))


@cache
def locale_for(language: str) -> Locale | None:
    """The facts of a language ("de", "pt-BR", "zh_cn"), read when they are first asked for; None without a file."""
    code = base_code(language).strip()
    if code not in known_languages():
        return None
    locale: Locale = import_module(f"{__name__}.{code}").LOCALE
    return replace(laid_over(locale, figures_for(code)), writing=writing_for(code))
