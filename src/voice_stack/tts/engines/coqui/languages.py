"""Languages that an XTTS model speaks on this machine."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

# Characters beyond which XTTS-v2 warns that speech may be cut off: `VoiceBpeTokenizer.char_limits` in coqui-tts,
# `TTS/tts/layers/xtts/tokenizer.py`.
XTTS_CHAR_LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "en": 250,
        "de": 253,
        "fr": 273,
        "es": 239,
        "it": 213,
        "pt": 203,
        "pl": 224,
        "zh": 82,
        "ar": 166,
        "cs": 186,
        "ru": 182,
        "nl": 251,
        "tr": 226,
        "ja": 71,
        "hu": 224,
        "ko": 95,
        "hi": 150,
    }
)
# What coqui-tts imports to write a language in Latin letters; the modules of which one each must be there.
_NEEDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {"ja": (("cutlet",), ("unidic_lite", "unidic")), "zh": (("pypinyin",),)}
)
_INSTALL: Final[Mapping[str, str]] = MappingProxyType(
    {"ja": "pip install cutlet unidic-lite", "zh": "pip install pypinyin"}
)


def spoken_languages(folder: Path | None) -> frozenset[str]:
    """ISO 639-1 codes that the model speaks and whose packages are installed. Nothing is imported.

    Args:
        folder: the model's, whose config.json lists its languages; None counts as the official model.
    """
    known = frozenset(XTTS_CHAR_LIMITS)
    trained = _configured(folder / "config.json") if folder else None
    usable = {code for code in known if _is_installed(code)}
    return frozenset(usable & trained if trained else usable)


def how_to_speak(language: str) -> str | None:
    """The command that installs what a language lacks; None when it lacks nothing or is no language of XTTS."""
    return None if language not in XTTS_CHAR_LIMITS or _is_installed(language) else _INSTALL[language]


def _is_installed(language: str) -> bool:
    return all(any(importlib.util.find_spec(name) for name in choice) for choice in _NEEDS.get(language, ()))


def _configured(path: Path) -> set[str] | None:
    """The languages that a config.json lists; None when it cannot be read, which loading the model tells better."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8")).get("languages")
    except (OSError, ValueError, AttributeError):
        return None
    return {str(code).split("-")[0] for code in listed} if isinstance(listed, list) else None
