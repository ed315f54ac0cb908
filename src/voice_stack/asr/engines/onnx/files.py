"""The models of the engine onnx: which there are, and how they come onto the disk.

They come from the Hugging Face hub into MODEL_DIR, in the hub's own cache layout. onnx-asr is only ever given a folder
in which everything is there, so that it never asks the network itself.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from voice_stack.asr.engines.onnx.architectures import ARCHITECTURES, CONFIG, KNOWN, KnownModel, known_model
from voice_stack.asr.engines.onnx.disk import OnDisk, architecture_of, missing, told_by_config
from voice_stack.asr.engines.onnx.options import OnnxOptions
from voice_stack.asr.engines.whisper_names import RELEASED
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.cache import cached_snapshots, storage_folder, stored_repos
from voice_stack.hub.local import is_complete, is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import LOCAL, ModelEntry

ENGINE_NAME: Final = "onnx"
INSTALL: Final = "'voice-stack[onnx]'"
_HINT: Final = "Put a model folder into MODEL_DIR, or set ASR_ONNX_MODEL to a local folder."
# Of other repositories than the known ones: those that say that they hold ONNX. The other engines take the rest.
_HUB_ID: Final = re.compile(r"(?=.*onnx)[a-z0-9][\w.-]{0,95}/[a-z0-9][\w.-]{0,95}", re.IGNORECASE | re.ASCII)
Config = EngineConfig[OnnxOptions]


def models(config: Config) -> list[ModelEntry]:
    """The configured model, and what else lies in MODEL_DIR.

    Raises:
        SettingsError: a folder that does not exist, or a name that is none.
    """
    configured = _configured(config)
    return [configured, *(entry for entry in _installed(config) if not _same(entry, configured))]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its short name, onnx-asr's name, its hub id, or its path."""
    known = known_model(name)
    if not name:
        return None
    if is_local(name):
        path = Path(name).expanduser()
        return _local_entry(model_id(name), name, path, config) if path.is_dir() else None
    if known is None and not _HUB_ID.fullmatch(name):
        return None
    repo = known.repo if known else name
    names = tuple(other for other in known.names if other != name) if known else ()
    created = _created(storage_folder(repo, config.model_dir))
    installed = _in_cache(repo, known, config) is not None
    return ModelEntry(name, ENGINE_NAME, name, repo.partition("/")[0], created, installed, names)


def source_of(config: Config) -> str:
    """Name, hub id or path of the model that is to be loaded."""
    return config.model or config.options.model


def languages(config: Config) -> frozenset[str]:
    """Codes that the model knows, as far as its name or the settings tell; all where they do not."""
    source = source_of(config)
    known = known_model(model_id(source))
    if config.options.languages:
        return frozenset(config.options.languages)
    if known is not None:
        return known.languages
    return frozenset({"en"}) if source.endswith(".en") else frozenset(LANGUAGES)


def unknown(config: Config) -> str | None:
    """Reason why there is no model of the configured name; None when there may be such a one."""
    source = source_of(config)
    variable = "ASR_MODEL" if config.model else "ASR_ONNX_MODEL"
    if find(source, config) is not None:
        return None
    if is_local(source):
        return f"{variable}={source!r}: there is no such folder."
    names = ", ".join(model.names[0] for model in KNOWN)
    return (
        f"{variable}={source!r}: not a model of {ENGINE_NAME}. Known names: {names}; or the path of a local folder, or "
        "the hub id (org/name) of a repository that says onnx."
    )


def on_disk(config: Config) -> OnDisk | None:
    """The configured model, when all of it is there. Asks no network."""
    folder = _own_folder(config)
    if folder is None:
        return _in_cache(_repo(config), known_model(source_of(config)), config)
    architecture = architecture_of(folder, config.options.quantization)
    if architecture is None or missing(folder, architecture, config.options.quantization):
        return None
    return OnDisk(folder, architecture)


def ensure_model(config: Config, progress: Progress | None = None) -> OnDisk:
    """The configured model, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    own = _own_folder(config)
    if own is not None:
        return _local(own, config)
    problem = unknown(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    known, repo = known_model(source_of(config)), _repo(config)
    if known is not None:
        architecture = known.architecture
    else:
        folder = _fetch(repo, [CONFIG], lambda folder: is_complete(folder, [CONFIG]), config, progress)
        architecture = told_by_config(folder) or ""
        if not architecture:
            raise EngineUnavailableError(
                f"The hub's {repo} is no model that onnx-asr runs: its {CONFIG} says none of "
                f"{', '.join(ARCHITECTURES)} as its model_type."
            )
    folder = _fetch(
        repo,
        _wanted(architecture, config),
        lambda folder: not missing(folder, architecture, config.options.quantization),
        config,
        progress,
    )
    return OnDisk(folder, architecture)


def files(config: Config) -> list[Path]:
    """Files of the configured model on the disk, parts of a download too."""
    folder = _own_folder(config) or storage_folder(_repo(config), config.model_dir)
    return [folder] if folder.exists() else []


def _wanted(architecture: str, config: Config) -> list[str]:
    """Files that onnx-asr itself downloads: patterns that match the whole path within a repository."""
    wanted = [CONFIG]
    for pattern in ARCHITECTURES[architecture].files(config.options.quantization):
        for one in dict.fromkeys((pattern, pattern.removeprefix("**/"))):
            wanted += [one, f"{one}?data"] if one.endswith(".onnx") else [one]
    return wanted


def _fetch(
    repo: str, wanted: list[str], is_whole: Callable[[Path], bool], config: Config, progress: Progress | None
) -> Path:
    return fetch_snapshot(
        repo,
        config.model_dir,
        wanted,
        name=source_of(config),
        is_complete=is_whole,
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )


def _own_folder(config: Config) -> Path | None:
    """The folder that is configured as the model; None for what comes from the hub."""
    source = source_of(config)
    return Path(source).expanduser().resolve() if is_local(source) else None


def _repo(config: Config) -> str:
    """The hub id of the configured model."""
    known = known_model(source_of(config))
    return known.repo if known else source_of(config)


def _local(folder: Path, config: Config) -> OnDisk:
    architecture = architecture_of(folder, config.options.quantization)
    if architecture is None:
        raise EngineUnavailableError(
            f"The local model {folder.name!r} is no model that onnx-asr runs: it takes a folder whose {CONFIG} "
            f"says one of {', '.join(ARCHITECTURES)} as its model_type."
        )
    lacking = missing(folder, architecture, config.options.quantization)
    if lacking:
        raise EngineUnavailableError(
            f"The local model {folder.name!r} is no whole {architecture} model: it lacks {', '.join(lacking)}."
        )
    return OnDisk(folder, architecture)


def _in_cache(repo: str, known: KnownModel | None, config: Config) -> OnDisk | None:
    for folder in cached_snapshots(repo, config.model_dir):
        architecture = known.architecture if known else architecture_of(folder, config.options.quantization)
        if architecture is not None and not missing(folder, architecture, config.options.quantization):
            return OnDisk(folder, architecture)
    return None


def _configured(config: Config) -> ModelEntry:
    found = find(source_of(config), config)
    if found is None:
        raise SettingsError(unknown(config) or "")
    return found


def _installed(config: Config) -> Iterator[ModelEntry]:
    """Downloads from the hub, and folders of the user's."""
    for repo, storage in stored_repos(config.model_dir):
        published: list[KnownModel | None] = [model for model in KNOWN if model.repo == repo]
        for known in published or [None]:
            if _in_cache(repo, known, config) is not None:
                name = known.name if known else repo
                names = known.short if known else ()
                yield ModelEntry(name, ENGINE_NAME, name, repo.partition("/")[0], _created(storage), True, names)
    if config.model_dir.is_dir():
        for path in sorted(config.model_dir.iterdir()):
            if path.is_dir() and not path.name.startswith((".", "models--")):
                entry = _local_entry(path.name, str(path), path, config)
                if entry.installed:
                    yield entry


def _same(one: ModelEntry, other: ModelEntry) -> bool:
    known = known_model(one.source)
    return one.source == other.source or (known is not None and known is known_model(other.source))


def _local_entry(name: str, source: str, path: Path, config: Config) -> ModelEntry:
    architecture = architecture_of(path, config.options.quantization)
    installed = architecture is not None and not missing(path, architecture, config.options.quantization)
    return ModelEntry(name, ENGINE_NAME, source, LOCAL, _created(path), installed)


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return RELEASED
