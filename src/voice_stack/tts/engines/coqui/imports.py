"""Importing coqui-tts beside any build of torch.

coqui-tts imports torchaudio and refuses to start without torchcodec. XTTS uses neither's compiled code here:
spectrograms and resampling are torchaudio's Python, and recordings are decoded by this project. So a compiled part
that does not fit the installed torch must not stand in the way.
"""

import importlib
import importlib.util
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.tts.engines.torch_parts import import_torchaudio

HOW_TO_INSTALL: Final = "pip install 'voice-stack[coqui]'"
_PACKAGES: Final = {"TTS": "coqui-tts", "torch": "torch", "torchaudio": "torchaudio"}
_importing = threading.Lock()


def missing_package() -> str | None:
    """The first package that is not installed, or None. Nothing is imported."""
    for module, package in _PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            return package
    return None


def import_xtts() -> tuple[Any, Any]:
    """The classes `Xtts` and `XttsConfig` of coqui-tts.

    Raises:
        EngineUnavailableError: a package is missing or does not load.
    """
    with _importing:
        try:
            import_torchaudio()
            with _torchcodec_to_be_found():
                _forget_failed_import()
                importlib.import_module("TTS")
            config = importlib.import_module("TTS.tts.configs.xtts_config")
            model = importlib.import_module("TTS.tts.models.xtts")
        except (ImportError, OSError) as error:
            raise EngineUnavailableError(f"coqui-tts cannot be imported: {error} ({HOW_TO_INSTALL})") from error
    # Coqui's lines name paths and repeat what the service says; transformers warns about tokens that XTTS does not use.
    logging.getLogger("TTS").setLevel(logging.WARNING)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    return model.Xtts, config.XttsConfig


def _forget_failed_import() -> None:
    """Drop what is left of an import of coqui-tts that failed elsewhere: it remembers what it did not find."""
    if "TTS" not in sys.modules:
        for name in [name for name in sys.modules if name.startswith("TTS.")]:
            del sys.modules[name]


@contextmanager
def _torchcodec_to_be_found() -> Iterator[None]:
    """Let coqui-tts find a torchcodec when it looks for one at its import, and nobody afterwards.

    It never imports it: torchaudio would, to read audio files, which it is not asked to do here.
    """
    if importlib.util.find_spec("torchcodec") is not None:
        yield
        return
    placeholder = ModuleType("torchcodec")
    placeholder.__spec__ = ModuleSpec("torchcodec", None)
    sys.modules["torchcodec"] = placeholder
    try:
        yield
    finally:
        del sys.modules["torchcodec"]
