"""One data table a language, imported when it is first asked for."""

from functools import cache
from importlib import import_module

from voice_stack.text.normalisation.locale import Locale

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh", "ja", "hu", "ko", "hi")


@cache
def locale_for(language: str) -> Locale | None:
    """The table of a language code ("de", "pt-BR", "zh_cn"); None for a language without one."""
    code = language.replace("_", "-").split("-")[0].strip().lower()
    if code not in LANGUAGES:
        return None
    locale: Locale = import_module(f"{__name__}.{code}").LOCALE
    return locale
