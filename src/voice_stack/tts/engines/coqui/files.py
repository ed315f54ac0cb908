"""XTTS's model on the disk, downloaded on first use."""

from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots
from voice_stack.hub.local import is_complete, is_local, missing_files
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.coqui.options import Config, source_of
from voice_stack.tts.engines.entries import model_entry, stored_model

ENGINE_NAME: Final = "coqui"
SPEAKERS: Final = "speakers_xtts.pth"
_NEEDED: Final = ("config.json", "model.pth", "vocab.json")
_FILES: Final = (*_NEEDED, SPEAKERS, "LICENSE.txt")
_HINT: Final = "Put a model folder onto this machine and set TTS_COQUI_MODEL to it."
_RELEASED: Final = 1_698_710_400
_MEGABYTES: Final = 1870


def models(config: Config) -> list[ModelEntry]:
    """The configured model."""
    installed = find_model(config) is not None
    source = source_of(config)
    return [model_entry("xtts-v2", ENGINE_NAME, source, "coqui", _RELEASED, installed=installed, megabytes=_MEGABYTES)]


def find_model(config: Config) -> Path | None:
    """The model's folder when all that is needed is on the disk; never asks the network, and imports nothing."""
    source = source_of(config)
    if not is_local(source):
        snapshots = cached_snapshots(source, config.model_dir)
        return next((path for path in snapshots if is_complete(path, _NEEDED)), None)
    folder = Path(source).expanduser().resolve()
    return folder if is_complete(folder, _NEEDED) else None


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
    source = source_of(config)
    if is_local(source):
        return _local(Path(source).expanduser().resolve())
    if source.count("/") != 1:
        raise EngineUnavailableError(f"{source!r} is neither a local folder nor a hub id (organisation/name).")
    return fetch_snapshot(
        source,
        config.model_dir,
        _FILES,
        name=source,
        is_complete=lambda folder: is_complete(folder, _NEEDED),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )


def _local(folder: Path) -> Path:
    if not folder.is_dir():
        raise EngineUnavailableError(f"There is no folder {folder.name!r} with an XTTS model.")
    missing = missing_files(folder, _NEEDED)
    if missing:
        raise EngineUnavailableError(
            f"The local model {folder.name!r} is no XTTS model: it lacks {', '.join(missing)}."
        )
    return folder
