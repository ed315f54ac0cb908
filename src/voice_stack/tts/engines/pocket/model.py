"""Loading a model of Pocket TTS."""

import hashlib
import importlib
import logging
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.tts.engines.failures import load_failed
from voice_stack.tts.engines.pocket.options import PocketOptions
from voice_stack.tts.engines.pocket.recipe import Recipe

INSTALL: Final = "'voice-stack[pocket]'"
_importing = threading.Lock()


def import_pocket() -> Any:
    """The class `TTSModel` of pocket-tts.

    Its import leaves torch with one thread for all of the process; here the number stays as it was.

    Raises:
        EngineUnavailableError: a package is missing or does not load.
    """
    with _importing:
        try:
            torch = importlib.import_module("torch")
            threads = torch.get_num_threads()
            package = importlib.import_module("pocket_tts")
            torch.set_num_threads(threads)
        except (ImportError, OSError) as error:
            raise EngineUnavailableError(
                f"pocket-tts cannot be imported: {error}. Install it: pip install {INSTALL}"
            ) from error
    # Its lines tell what is spoken.
    logging.getLogger("pocket_tts").setLevel(logging.CRITICAL)
    return package.TTSModel


def use_threads(threads: int) -> int:
    """Set torch's threads, which are the same for all that this process computes.

    Args:
        threads: 0: one, as pocket-tts has it, whose steps are too small to be shared.

    Returns:
        The number before.
    """
    import torch

    before = int(torch.get_num_threads())
    torch.set_num_threads(threads or 1)
    return before


def load_model(recipe: Recipe, files: Mapping[str, Path], name: str, options: PocketOptions) -> Any:
    """The model (pocket-tts's `TTSModel`), ready to speak.

    Args:
        files: by the recipe's keys.
        name: what messages call it.

    Raises:
        EngineUnavailableError: pocket-tts or the model is not usable, or memory is short.
    """
    model_class = import_pocket()
    try:
        with tempfile.TemporaryDirectory(prefix="voice-stack-") as folder:
            path = Path(folder, f"{recipe.name}.yaml")
            path.write_text(yaml.safe_dump(recipe.resolved(files)), encoding="utf-8")
            model = model_class.load_model(
                config=str(path),
                temp=options.temperature,
                sampler_decode_steps=options.decode_steps,
                quantize=options.quantize,
            )
    except Exception as error:  # torch, safetensors, pydantic and pocket-tts raise whatever suits them
        raise load_failed(name, "Pocket TTS", error) from error
    return model


def can_clone(model: Any) -> bool:
    """False for weights that were published without the part that hears recordings: it is all zeros there."""
    import torch

    part = [value for name, value in model.state_dict().items() if name.startswith("mimi.encoder.")]
    return any(bool(torch.any(value != 0)) for value in part)


def fingerprint(model: Any, further: object) -> str:
    """16 hex digits that differ between models that hear a voice differently.

    Args:
        further: what else a voice depends on.
    """
    import torch

    digest = hashlib.sha256(repr(further).encode())
    for name, tensor in model.state_dict().items():
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]
