"""Loading an XTTS model."""

import importlib
import logging
import pickle
import zipfile
from pathlib import Path
from typing import Any

from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.tts.engines.coqui.imports import import_xtts

logger = logging.getLogger("voice_stack.tts")


def load_model(folder: Path, device: str) -> Any:
    """The model (a coqui-tts `Xtts`), ready to speak; its `config` is what config.json says.

    Raises:
        EngineUnavailableError: coqui-tts or the model is not usable, or memory is short.
    """
    name = model_id(str(folder))
    xtts_class, config_class = import_xtts()
    try:
        settings = config_class()
        settings.load_json(str(folder / "config.json"))
        model = _reading_only(xtts_class)(settings)
        model.load_checkpoint(settings, checkpoint_dir=folder, eval=True)
        model.requires_grad_(False)
        return model.to(device)
    except Exception as error:  # torch, pickle, json and coqui-tts raise whatever suits them
        logger.warning("the model %s cannot be loaded", name, exc_info=error)
        if out_of_memory(error):
            raise EngineUnavailableError(f"Not enough memory for the model {name}.") from error
        raise EngineUnavailableError(f"coqui-tts cannot load the model {name}: {_first_line(error)}") from error


def failed(model: str, error: Exception) -> EngineError | EngineUnavailableError:
    """Error of a request for a failure of coqui-tts or torch while speaking."""
    if out_of_memory(error):
        return EngineUnavailableError(f"Out of memory while {model} was speaking.")
    return EngineError(f"XTTS failed on this text: {_first_line(error)}")


def _reading_only(xtts_class: type[Any]) -> type[Any]:
    """Coqui's class, but loading a checkpoint leaves the file alone.

    The official one holds a pickled config; coqui-tts writes it anew without, 1.9 GB into a folder that may be shared,
    read-only, or the hub's cache.
    """
    import torch

    class ReadingXtts(xtts_class):  # type: ignore[misc]
        def _load_checkpoint(self, model_path: Path) -> Any:
            mapped = zipfile.is_zipfile(model_path)  # the format before torch 1.6 cannot be mapped
            try:
                checkpoint = torch.load(model_path, map_location="cpu", weights_only=True, mmap=mapped)
            except pickle.UnpicklingError:
                module = importlib.import_module(xtts_class.__module__)
                with module._legacy_safe_globals():
                    checkpoint = torch.load(model_path, map_location="cpu", weights_only=True, mmap=mapped)
            return checkpoint["model"]

    return ReadingXtts


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # its own text names the path
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
