"""CAM++ on the disk: a file or folder of the user's, or a snapshot of the hub's."""

from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import LOCAL, ModelEntry

ENGINE_NAME: Final = "campplus"
Config = EngineConfig[EngineOptions]

CALIBRATED: Final = "3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx"
"""Chinese and English, 200,000 speakers: the network that the threshold was measured with."""
_EXPORTED: Final = "campplus.onnx"
# What a folder may hold, the best first: our own export of the same network, then sherpa-onnx's of this one and others.
_NAMES: Final = (_EXPORTED, CALIBRATED, "3dspeaker_speech_campplus_sv_*.onnx", "*campplus*.onnx")
_REPO: Final = "csukuangfj/speaker-embedding-models"
_OWNER: Final = "3D-Speaker"
_MEGABYTES: Final = 28
# Publication of the network, Unix seconds.
_RELEASED: Final = 1_699_228_800
_HINT: Final = f"Put {CALIBRATED} of sherpa-onnx's releases into a folder and set SPEAKER_MODEL to it."


def models(config: Config) -> list[ModelEntry]:
    """The configured model, or the released one."""
    source = config.model or ENGINE_NAME
    found = find(source, config)
    if found is not None:
        return [found]
    return [ModelEntry(model_id(source), ENGINE_NAME, source, LOCAL, _RELEASED, installed=False)]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by the engine's name, a hub id, or the path of a file or folder."""
    if is_local(name) and name:
        path = Path(name).expanduser()
        if not path.exists():
            return None
        created = int(path.stat().st_mtime)
        return ModelEntry(model_id(name), ENGINE_NAME, name, LOCAL, created, _local(name) is not None)
    repo, file = _parts(name)
    if repo is None:
        return None
    installed = _cached(repo, file, config) is not None
    if name == ENGINE_NAME:
        return ModelEntry(name, name, name, _OWNER, _RELEASED, installed, megabytes=_MEGABYTES)
    return ModelEntry(name, ENGINE_NAME, name, repo.partition("/")[0], _RELEASED, installed)


def files(config: Config) -> list[Path]:
    """Files of the configured model that are on the disk."""
    source = config.model or ENGINE_NAME
    repo = None if is_local(source) else _parts(source)[0]
    path = Path(source).expanduser() if repo is None else storage_folder(repo, config.model_dir)
    return [path] if path.exists() else []


def on_disk(config: Config) -> Path | None:
    """The network of the configured model, when it is there. Asks no network."""
    source = config.model or ENGINE_NAME
    if is_local(source):
        return _local(source)
    repo, file = _parts(source)
    return None if repo is None else _cached(repo, file, config)


def ensure_file(config: Config, progress: Progress | None = None) -> Path:
    """The network of the configured model, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, or the hub cannot be reached.
    """
    found = on_disk(config)
    if found is not None:
        return found
    source = config.model or ENGINE_NAME
    if is_local(source):
        raise EngineUnavailableError(f"{model_id(source)!r} holds no CAM++ network. {_HINT}")
    repo, file = _parts(source)
    if repo is None:
        raise EngineUnavailableError(f"{source!r} is neither a file or folder nor a hub id. {_HINT}")
    fetch_snapshot(
        repo,
        config.model_dir,
        (file,),
        name=source,
        is_complete=lambda folder: any(folder.glob(file)),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )
    found = on_disk(config)
    if found is None:  # removed in between
        raise EngineUnavailableError(f"The files of {source} vanished during its download. {_HINT}")
    return found


def is_calibrated(network: Path) -> bool:
    """True for the network that the threshold was measured with, told by its usual names."""
    return network.name in (_EXPORTED, CALIBRATED)


def _parts(name: str) -> tuple[str | None, str]:
    """Repository and file pattern that a name means; no repository for a name that is no hub id.

    `ORGANISATION/NAME/FILE.onnx` names one of several networks of a repository.
    """
    if name == ENGINE_NAME:
        return _REPO, CALIBRATED
    parts = name.split("/")
    if not all(part and part not in (".", "..") and part.isprintable() and " " not in part for part in parts):
        return None, ""
    if len(parts) == 3 and parts[2].endswith(".onnx"):
        return "/".join(parts[:2]), parts[2]
    return (name, CALIBRATED if name == _REPO else "*campplus*.onnx") if len(parts) == 2 else (None, "")


def _local(source: str) -> Path | None:
    path = Path(source).expanduser().resolve()
    if path.is_file():
        return path if path.suffix == ".onnx" else None
    return next((found for name in _NAMES for found in sorted(path.glob(name)) if found.is_file()), None)


def _cached(repo: str, file: str, config: Config) -> Path | None:
    for folder in cached_snapshots(repo, config.model_dir):
        for found in sorted(folder.glob(file)):
            if found.is_file():
                return found
    return None
