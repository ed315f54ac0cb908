"""pyannote's segmentation networks: the one that comes with the install, the user's file, sherpa-onnx's export."""

from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import LOCAL, ModelEntry
from voice_stack.speaker.community import CommunityNetwork, is_there
from voice_stack.speaker.diarization.settings import ClusteringOptions

ENGINE_NAME: Final = "clustering"
SEGMENTATION: Final = "segmentation-3.0"
"""The name by which the released network is downloaded."""
COMMUNITY: Final = "community-1-segmentation"
"""The name of the one that comes with the install; the default where it is there."""
VOICE_ACTIVITY: Final = "voice-activity"
"""The model's name where there is no segmentation network: Silero's, which comes with a package."""
Config = EngineConfig[ClusteringOptions]

_REPO: Final = "csukuangfj/sherpa-onnx-pyannote-segmentation-3-0"
_FILE: Final = "model.onnx"
# What a folder may hold, the best first: our own export, then sherpa-onnx's.
_NAMES: Final = ("segmentation-3.0.onnx", _FILE, "*segmentation*.onnx")
# Publication of the network, Unix seconds.
_RELEASED: Final = 1_695_340_800
_HINT: Final = "Put segmentation 3.0 as .onnx into a folder and set DIARIZATION_MODEL to it, or leave that empty."


def chosen(config: Config) -> str:
    """The model: the configured one, else the one that comes with the install, else voice activity alone."""
    if config.model:
        return config.model
    return COMMUNITY if is_there(CommunityNetwork.SEGMENTATION) else VOICE_ACTIVITY


def models(config: Config) -> list[ModelEntry]:
    """The configured model."""
    found = find(chosen(config), config)
    missing = ModelEntry(model_id(config.model), ENGINE_NAME, config.model, LOCAL, _RELEASED, installed=False)
    return [found or missing]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its name here, or the path of a file or folder."""
    if name in (VOICE_ACTIVITY, COMMUNITY):
        there = name == VOICE_ACTIVITY or is_there(CommunityNetwork.SEGMENTATION)
        return ModelEntry(name, ENGINE_NAME, name, "pyannote" if name == COMMUNITY else "silero", _RELEASED, there)
    if name == SEGMENTATION:
        return ModelEntry(name, ENGINE_NAME, name, "pyannote", _RELEASED, _cached(config) is not None, megabytes=6)
    if not is_local(name) or not Path(name).expanduser().exists():
        return None
    return ModelEntry(model_id(name), ENGINE_NAME, name, LOCAL, _RELEASED, installed=_local(name) is not None)


def on_disk(config: Config) -> Path | None:
    """The file of the segmentation network that is configured, when it is there. Asks no network."""
    if config.model == SEGMENTATION:
        return _cached(config)
    return _local(config.model) if config.model and is_local(config.model) else None


def files(config: Config) -> list[Path]:
    """Files of the configured model that are on the disk."""
    path = storage_folder(_REPO, config.model_dir) if config.model == SEGMENTATION else Path(config.model).expanduser()
    return [path] if config.model and path.exists() else []


def comes_along(config: Config) -> bool:
    """True for a model that needs no file of its own."""
    return chosen(config) in (VOICE_ACTIVITY, COMMUNITY)


def ensure(config: Config, progress: Progress | None = None) -> Path:
    """The file of the segmentation network that is configured, downloaded first when it is not on the disk.

    Raises:
        EngineUnavailableError: there is none by this name, or the hub cannot be reached.
    """
    network = on_disk(config)
    if network is None and config.model == SEGMENTATION:
        fetch_snapshot(
            _REPO,
            config.model_dir,
            (_FILE,),
            name=SEGMENTATION,
            is_complete=lambda folder: (folder / _FILE).is_file(),
            timeout_s=config.hub_timeout_s,
            hint=_HINT,
            progress=progress,
        )
        network = _cached(config)
    if network is None:
        raise EngineUnavailableError(f"{model_id(config.model)!r} holds no segmentation network. {_HINT}")
    return network


def _local(source: str) -> Path | None:
    path = Path(source).expanduser().resolve()
    if path.is_file():
        return path if path.suffix == ".onnx" else None
    return next((found for name in _NAMES for found in sorted(path.glob(name)) if found.is_file()), None)


def _cached(config: Config) -> Path | None:
    folders = cached_snapshots(_REPO, config.model_dir)
    return next((folder / _FILE for folder in folders if (folder / _FILE).is_file()), None)
