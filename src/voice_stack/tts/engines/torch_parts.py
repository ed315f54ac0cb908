"""The sound package of torch, beside any build of it."""

import importlib
import logging
import sys
from typing import Any

logger = logging.getLogger("voice_stack.tts")


def import_torchaudio() -> None:
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
            "torchaudio's compiled part does not load beside this torch (%s): going on without it",
            error.__cause__ or error,
        )
