"""Names of Whisper models and the repositories that they stand for, without importing the engine that knows them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# faster-whisper's table (faster_whisper.utils), copied because importing it loads CTranslate2; a test compares them.
REPOS: Mapping[str, str] = MappingProxyType(
    {
        "tiny.en": "Systran/faster-whisper-tiny.en",
        "tiny": "Systran/faster-whisper-tiny",
        "base.en": "Systran/faster-whisper-base.en",
        "base": "Systran/faster-whisper-base",
        "small.en": "Systran/faster-whisper-small.en",
        "small": "Systran/faster-whisper-small",
        "medium.en": "Systran/faster-whisper-medium.en",
        "medium": "Systran/faster-whisper-medium",
        "large-v1": "Systran/faster-whisper-large-v1",
        "large-v2": "Systran/faster-whisper-large-v2",
        "large-v3": "Systran/faster-whisper-large-v3",
        "large": "Systran/faster-whisper-large-v3",
        "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
        "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
        "distil-small.en": "Systran/faster-distil-whisper-small.en",
        "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
        "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
        "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    }
)

# About what each downloads, in MB.
MEGABYTES: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys((REPOS["tiny"], REPOS["tiny.en"]), 78),
        **dict.fromkeys((REPOS["base"], REPOS["base.en"]), 148),
        **dict.fromkeys((REPOS["small"], REPOS["small.en"]), 486),
        **dict.fromkeys((REPOS["medium"], REPOS["medium.en"]), 1530),
        **dict.fromkeys((REPOS["large-v1"], REPOS["large-v2"], REPOS["large-v3"]), 3090),
        REPOS["turbo"]: 1620,
    }
)

# The day OpenAI's whisper-1 appeared, Unix seconds: a model that is not on the disk has no date of its own.
RELEASED: Final = 1_677_532_384


def repo_of(source: str) -> str:
    """The hub id of a model's name; hub ids stand for themselves."""
    return REPOS.get(source, source)
