"""Names of models: what each stands for, without importing the engine that knows it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from voice_stack.asr.settings import EngineName

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

WHISPER_NAMES: Mapping[EngineName, tuple[str, ...]] = MappingProxyType(
    {
        EngineName.FASTER_WHISPER: tuple(REPOS),
        # openai-whisper publishes no distilled models.
        EngineName.WHISPER: tuple(name for name in REPOS if not name.startswith("distil")),
        EngineName.POCKETSPHINX: (),
    }
)


def repo_of(source: str) -> str:
    """The hub id of a model's name; hub ids stand for themselves."""
    return REPOS.get(source, source)


def is_local(source: str) -> bool:
    """Whether a configured model is a folder or file of this machine rather than a name or a hub id."""
    path = Path(source).expanduser()
    return path.is_absolute() or source.startswith(".") or path.suffix == ".pt" or path.exists()


def model_id(source: str) -> str:
    """What clients call a configured model: a folder's or file's own name, never its path."""
    if not is_local(source):
        return source
    path = Path(source).expanduser().resolve()
    return path.stem if path.suffix == ".pt" else path.name
