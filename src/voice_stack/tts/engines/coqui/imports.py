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

logger = logging.getLogger("voice_stack.tts")

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
            _import_torchaudio()
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


def _import_torchaudio() -> None:
    """Import torchaudio, without its compiled part where that does not load.

    PyPI's torchaudio is built for CUDA; next to a CPU build of torch its library misses `libtorch_cuda`. torchaudio
    works without the library (a build may lack it), but not with one that fails: it is told that there is none.
    """
    try:
        importlib.import_module("torchaudio")
    except OSError as error:
        loader: Any = sys.modules.get("torchaudio._extension.utils")
        if loader is None or not hasattr(loader, "_load_lib"):
            raise  # it was not the library of torchaudio
        loader._load_lib = lambda _: False
        importlib.import_module("torchaudio")
        logger.warning(
            "torchaudio's compiled part does not load beside this torch (%s): going on without it, as XTTS can",
            error.__cause__ or error,
        )


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
