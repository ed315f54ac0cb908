"""faster-whisper's models: which there are, and how they come onto the disk.

They come from the Hugging Face hub into MODEL_DIR, in the hub's own cache layout. What is there already is used
without touching the network.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from voice_stack.asr.engines.whisper_names import MEGABYTES, RELEASED, REPOS, repo_of
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.cache import cached_snapshots, storage_folder, stored_repos
from voice_stack.hub.local import is_complete, is_local, missing_files, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import ModelEntry

ENGINE_NAME: Final = "faster-whisper"
# What faster-whisper itself downloads of a repository, and what it cannot load a model without: it would ask the hub.
_FILES: Final = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")
NEEDED: Final = ("model.bin", "config.json", "tokenizer.json", "vocabulary.*")
_HINT: Final = "Put a model folder into MODEL_DIR, or set ASR_MODEL to a local folder."
_HUB_ID = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}(\.[A-Za-z0-9_-]+)*/[A-Za-z0-9_][A-Za-z0-9_-]{0,95}(\.[A-Za-z0-9_-]+)*"
)

Config = EngineConfig[Any]


def models(config: Config) -> list[ModelEntry]:
    """The configured model, and what else lies in MODEL_DIR.

    Raises:
        SettingsError: a folder that does not exist, or a name that is none.
    """
    found = list(_installed(config.model_dir))
    return [_configured(config), *found] if config.model else found


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its short name, its hub id, or its path."""
    if is_local(name):
        path = Path(name).expanduser()
        return _local_entry(name, path) if path.is_dir() else None
    if name not in REPOS and (not _HUB_ID.fullmatch(name) or "onnx" in name.lower()):
        return None  # an ONNX repository holds no model for CTranslate2; another engine may know it
    repo = repo_of(name)
    snapshot = _snapshot(repo, config.model_dir)
    owner = repo.partition("/")[0]
    created = _created(storage_folder(repo, config.model_dir))
    names = tuple(short for short in REPOS if REPOS[short] == repo and short != name)
    return ModelEntry(
        name, ENGINE_NAME, name, owner, created, snapshot is not None, names, megabytes=MEGABYTES.get(repo, 0)
    )


def on_disk(config: Config) -> Path | None:
    """The folder of the configured model, when all of it is there. Asks no network."""
    if is_local(config.model):
        folder = Path(config.model).expanduser().resolve()
        return folder if is_complete(folder, NEEDED) else None
    return _snapshot(repo_of(config.model), config.model_dir)


def ensure_model(config: Config, progress: Progress | None = None) -> Path:
    """The folder of the configured model, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    source = config.model
    if is_local(source):
        folder = Path(source).expanduser().resolve()
        missing = missing_files(folder, NEEDED)
        if missing:
            raise EngineUnavailableError(
                f"The local model {model_id(source)!r} is no faster-whisper model: it takes a folder that holds "
                f"{', '.join(NEEDED)}, and lacks {', '.join(missing)}."
            )
        return folder
    repo = repo_of(source)
    if "/" not in repo:
        raise EngineUnavailableError(
            f"{source!r} is neither a local folder, nor a hub id (organisation/name), nor one of {', '.join(REPOS)}."
        )
    return fetch_snapshot(
        repo,
        config.model_dir,
        _FILES,
        name=source,
        is_complete=lambda folder: is_complete(folder, NEEDED),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )


def files(config: Config) -> list[Path]:
    """Files of the configured model on the disk, parts of a download too."""
    if is_local(config.model):
        return [Path(config.model).expanduser().resolve()]
    storage = storage_folder(repo_of(config.model), config.model_dir)
    return [storage] if storage.exists() else []


def _configured(config: Config) -> ModelEntry:
    source = config.model
    if is_local(source):
        path = Path(source).expanduser()
        if not path.exists():
            raise SettingsError(f"ASR_MODEL={source!r}: there is no such folder or file.")
        return _local_entry(source, path)
    found = find(source, config)
    if found is None:
        raise SettingsError(
            f"ASR_MODEL={source!r}: not a model of {ENGINE_NAME}. Known names: {', '.join(REPOS)}; or the path of a "
            "local model, or a hub id (org/name)."
        )
    return found


def _installed(model_dir: Path) -> Iterator[ModelEntry]:
    """Downloads from the hub, and folders of the user's."""
    for repo, storage in stored_repos(model_dir):
        if _snapshot(repo, model_dir) is not None:
            names = tuple(name for name in REPOS if REPOS[name] == repo)
            yield ModelEntry(repo, ENGINE_NAME, repo, repo.partition("/")[0], _created(storage), True, names)
    if model_dir.is_dir():
        for path in sorted(model_dir.iterdir()):
            if path.is_dir() and is_complete(path, NEEDED):
                yield ModelEntry(path.name, ENGINE_NAME, str(path), "local", _created(path), True)


def _local_entry(source: str, path: Path) -> ModelEntry:
    return ModelEntry(model_id(source), ENGINE_NAME, source, "local", _created(path), is_complete(path, NEEDED))


def _snapshot(repo: str, model_dir: Path) -> Path | None:
    return next((path for path in cached_snapshots(repo, model_dir) if is_complete(path, NEEDED)), None)


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return RELEASED
