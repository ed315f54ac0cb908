"""Chatterbox's multilingual model on the disk, downloaded on first use."""

from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots
from voice_stack.hub.local import is_complete, is_local
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.chatterbox.options import Config, source_of
from voice_stack.tts.engines.entries import model_entry, stored_model

ENGINE_NAME: Final = "chatterbox"
OWN_VOICE: Final = "conds.pt"
"""The voice that comes with the model."""

_NEEDED: Final = ("ve.pt", "t3_mtl23ls_v2.safetensors", "s3gen.pt", "grapheme_mtl_merged_expanded_v1.json")
_HINT: Final = "Put a model folder onto this machine and set TTS_CHATTERBOX_MODEL to it."
_RELEASED: Final = 1_748_390_400


def models(config: Config) -> list[ModelEntry]:
    """The configured model."""
    installed = find_model(config) is not None
    source = source_of(config)
    return [model_entry("chatterbox-multilingual", ENGINE_NAME, source, "ResembleAI", _RELEASED, installed=installed)]


def find_model(config: Config) -> Path | None:
    """The model's folder when all that is needed is on the disk. Imports and downloads nothing."""
    source = source_of(config)
    folders = [Path(source).expanduser().resolve()] if is_local(source) else cached_snapshots(source, config.model_dir)
    return next((folder for folder in folders if is_complete(folder, _NEEDED)), None)


def model_files(config: Config) -> list[Path]:
    """Files of the model that are on the disk."""
    return stored_model(source_of(config), config.model_dir)


def ensure_model(config: Config, progress: Progress | None = None) -> Path:
    """The model's folder, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    found = find_model(config)
    if found is not None:
        return found
    source = source_of(config)
    if is_local(source):
        raise EngineUnavailableError(
            f"The folder {Path(source).name!r} holds no Chatterbox model: it takes {', '.join(_NEEDED)}."
        )
    if source.count("/") != 1:
        raise EngineUnavailableError(f"{source!r} is neither a local folder nor a hub id (organisation/name).")
    return fetch_snapshot(
        source,
        config.model_dir,
        (*_NEEDED, OWN_VOICE),
        name=source,
        is_complete=lambda folder: is_complete(folder, _NEEDED),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )
