"""Devices of torch, and its sound package beside any build of it: for every engine that computes with torch."""

import importlib
import logging
import sys
from typing import Any

logger = logging.getLogger("voice_stack.tts")


def choose_device(wanted: str) -> str:
    """`cpu` or `cuda:N` for auto, cpu, cuda or cuda:N; the CPU, with a warning, when there is no such GPU."""
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    kind, _, number = wanted.partition(":")
    if kind == "cpu" or (kind == "auto" and not gpus):
        return "cpu"
    if int(number or 0) >= gpus:
        logger.warning("TTS_DEVICE=%s, but there are %d usable GPUs: running on the CPU", wanted, gpus)
        return "cpu"
    return f"cuda:{int(number or 0)}"


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
