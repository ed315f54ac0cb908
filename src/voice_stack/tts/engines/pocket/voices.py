"""Pocket TTS's ready-made voices: who they are, and under which licence their recordings are.

Names and origins are pocket-tts's own; the licences are those that huggingface.co/kyutai/tts-voices gives each of its
folders. Where nobody says one, it is not known.
"""

from dataclasses import dataclass
from typing import Final

from voice_stack.tts.types import EngineVoice

_VCTK: Final = ("CC-BY-4.0", False)
_CC0: Final = ("CC0-1.0", False)
_NOT_FOR_SALE: Final = ("CC-BY-NC-4.0", True)
_UNKNOWN: Final = ("", False)


@dataclass(frozen=True, slots=True)
class _Known:
    """A ready-made voice.

    Attributes:
        language: ISO 639-1 code of its recording; it speaks others with an accent.
        terms: licence of the recording, and whether that forbids commercial use.
    """

    gender: str
    language: str
    terms: tuple[str, bool]


KNOWN: Final = {
    "alba": _Known("female", "en", ("CC-BY-4.0", False)),
    "anna": _Known("female", "en", _VCTK),
    "azelma": _Known("female", "en", _VCTK),
    "bill_boerst": _Known("male", "en", _CC0),
    "caro_davy": _Known("female", "en", _CC0),
    "charles": _Known("male", "en", _VCTK),
    "cosette": _Known("female", "en", _NOT_FOR_SALE),
    "daan": _Known("male", "nl", _UNKNOWN),
    "eponine": _Known("female", "en", _VCTK),
    "estelle": _Known("female", "fr", _CC0),
    "eve": _Known("female", "en", _VCTK),
    "fantine": _Known("female", "en", _VCTK),
    "george": _Known("male", "en", _VCTK),
    "giovanni": _Known("male", "it", _CC0),
    "jane": _Known("female", "en", _VCTK),
    "javert": _Known("male", "en", _CC0),
    "jean": _Known("male", "en", _NOT_FOR_SALE),
    "juergen": _Known("male", "de", _UNKNOWN),
    "lola": _Known("female", "es", _CC0),
    "marius": _Known("male", "en", _CC0),
    "mary": _Known("female", "en", _VCTK),
    "michael": _Known("male", "en", _VCTK),
    "paul": _Known("male", "en", _VCTK),
    "peter_yearsley": _Known("male", "en", _CC0),
    "rafael": _Known("male", "pt", _UNKNOWN),
    "stuart_bell": _Known("male", "en", _CC0),
    "vera": _Known("female", "en", _VCTK),
}
_DEFAULTS: Final = {"de": "juergen", "es": "lola", "fr": "estelle", "it": "giovanni", "nl": "daan", "pt": "rafael"}


def default_voice(language: str) -> str:
    """The voice that speaks a language where nobody says which."""
    return _DEFAULTS.get(language, "alba")


def describe(name: str, language: str, *, downloaded: bool) -> EngineVoice:
    """A ready-made voice for people.

    Args:
        language: of the model, the only one that it speaks.
    """
    known = KNOWN.get(name)
    licence, non_commercial = known.terms if known else _UNKNOWN
    return EngineVoice(
        name,
        name.replace("_", " ").title(),
        languages=(language,),
        gender=known.gender if known else "",
        description=f"recorded in {known.language}" if known and known.language != language else "",
        downloaded=downloaded,
        licence=licence,
        non_commercial=non_commercial,
    )
