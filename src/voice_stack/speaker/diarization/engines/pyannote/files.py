"""pyannote's pipelines on the disk: a folder of the user's, or the hub's cache."""

from pathlib import Path
from typing import Final

from voice_stack.hub.cache import cached_snapshots
from voice_stack.hub.local import is_local, model_id
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import LOCAL, ModelEntry
from voice_stack.speaker.diarization.settings import PyannoteOptions

ENGINE_NAME: Final = "pyannote"
COMMUNITY: Final = "pyannote/speaker-diarization-community-1"
Config = EngineConfig[PyannoteOptions]

_RECIPE: Final = "config.yaml"
# Publication of community-1, Unix seconds.
_RELEASED: Final = 1_759_190_400


def models(config: Config) -> list[ModelEntry]:
    """The configured pipeline, or community-1."""
    return [_entry(config.model or COMMUNITY, config)]


def find(name: str, config: Config) -> ModelEntry | None:
    """A pipeline by hub id or folder."""
    if is_local(name):
        return _entry(name, config) if Path(name).expanduser().is_dir() else None
    return _entry(name, config) if name.count("/") == 1 else None


def recipe(config: Config) -> Path | None:
    """Folder of the configured pipeline, when it is on the disk. Asks no network."""
    source = config.model or COMMUNITY
    folders = [Path(source).expanduser()] if is_local(source) else cached_snapshots(source, config.model_dir)
    return next((folder for folder in folders if (folder / _RECIPE).is_file()), None)


def _entry(source: str, config: Config) -> ModelEntry:
    owner = LOCAL if is_local(source) else source.partition("/")[0]
    there = EngineConfig(options=config.options, model=source, model_dir=config.model_dir)
    return ModelEntry(model_id(source), ENGINE_NAME, source, owner, _RELEASED, installed=recipe(there) is not None)
