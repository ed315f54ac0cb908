"""The models of the engine onnx: which there are, and how they come onto the disk.

They come from the Hugging Face hub into MODEL_DIR, in the hub's own cache layout. onnx-asr is only ever given a folder
in which everything is there, so that it never asks the network itself.
"""

import json
import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from voice_stack.asr.engines.onnx.architectures import (
    ARCHITECTURES,
    CONFIG,
    KNOWN,
    SYNONYMS,
    TOLD_BY_FILES,
    KnownModel,
    known_model,
)
from voice_stack.asr.engines.onnx.options import OnnxOptions
from voice_stack.asr.engines.whisper_names import RELEASED
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.cache import cached_snapshots, storage_folder, stored_repos
from voice_stack.hub.download import fetch_snapshot
from voice_stack.hub.local import is_complete, is_local, missing_files, model_id
from voice_stack.hub.progress import Progress
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import LOCAL, ModelEntry

ENGINE_NAME: Final = "onnx"
INSTALL: Final = "'voice-stack[onnx]'"
_HINT: Final = "Put a model folder into MODEL_DIR, or set ASR_ONNX_MODEL to a local folder."
# Of other repositories than the known ones: those that say that they hold ONNX. The other engines take the rest.
_HUB_ID: Final = re.compile(r"(?=.*onnx)[a-z0-9][\w.-]{0,95}/[a-z0-9][\w.-]{0,95}", re.IGNORECASE | re.ASCII)
# How an ONNX file names another that holds its weights: a StringStringEntryProto whose key is `location`.
_LOCATION: Final = b"\x0a\x08location\x12"
# Bytes above which an ONNX file holds its weights itself.
_GRAPH_ONLY: Final = 128 << 20

Config = EngineConfig[OnnxOptions]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A model that is there.

    Attributes:
        architecture: key of `ARCHITECTURES`.
    """

    folder: Path
    architecture: str


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
        return _local_entry(name, path, config) if path.is_dir() else None
    if known is None and not _HUB_ID.fullmatch(name):
        return None
    repo = known.repo if known else name
    names = tuple(other for other in known.names if other != name) if known else ()
    created = _created(storage_folder(repo, config.model_dir))
    installed = _in_cache(repo, known, config) is not None
    return ModelEntry(name, ENGINE_NAME, name, repo.partition("/")[0], created, installed, names)


def source_of(config: Config) -> str:
    """What is to be loaded."""
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
    """What is wrong with the name of the model; None when there may be such a one."""
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
    source = source_of(config)
    if not is_local(source):
        known = known_model(source)
        return _in_cache(known.repo if known else source, known, config)
    folder = Path(source).expanduser().resolve()
    architecture = architecture_of(folder, config)
    if architecture is None or missing(folder, architecture, config):
        return None
    return OnDisk(folder, architecture)


def ensure_model(config: Config, progress: Progress | None = None) -> OnDisk:
    """The configured model, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    source = source_of(config)
    if is_local(source):
        return _local(source, config)
    problem = unknown(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    known = known_model(source)
    repo = known.repo if known else source
    if known is not None:
        architecture = known.architecture
    else:
        folder = _fetch(repo, [CONFIG], lambda folder: is_complete(folder, [CONFIG]), config, progress)
        architecture = _told_by_config(folder) or ""
        if not architecture:
            raise EngineUnavailableError(
                f"The hub's {repo} is no model that onnx-asr runs: its {CONFIG} says none of "
                f"{', '.join(ARCHITECTURES)} as its model_type."
            )
    folder = _fetch(
        repo,
        _wanted(architecture, config),
        lambda folder: not missing(folder, architecture, config),
        config,
        progress,
    )
    return OnDisk(folder, architecture)


def files(config: Config) -> list[Path]:
    """What lies on the disk of the configured model, parts of a download too."""
    source = source_of(config)
    if is_local(source):
        return [Path(source).expanduser().resolve()]
    known = known_model(source)
    storage = storage_folder(known.repo if known else source, config.model_dir)
    return [storage] if storage.exists() else []


def missing(folder: Path, architecture: str, config: Config) -> list[str]:
    """Files that a folder lacks, weights beside an ONNX file among them."""
    patterns = ARCHITECTURES[architecture].files(config.options.quantization)
    lacking = missing_files(folder, patterns)
    if lacking:
        return lacking
    graphs = (path for pattern in patterns if pattern.endswith(".onnx") for path in folder.glob(pattern))
    return [
        name
        for path in graphs
        for name in _weights_beside(path.resolve(), path.stat().st_mtime_ns, path.stat().st_size)
        if not (path.parent / name).is_file()
    ]


def architecture_of(folder: Path, config: Config) -> str | None:
    """What the networks in a folder are: its config.json says it, or its files do; None when neither does."""
    told = _told_by_config(folder)
    if told is not None:
        return told or None
    quantization = config.options.quantization
    for name in TOLD_BY_FILES:
        if is_complete(folder, ARCHITECTURES[name].files(quantization)):
            return name
    return None


def _told_by_config(folder: Path) -> str | None:
    """The architecture that config.json names; empty for one that is not ours, None when it names none."""
    try:
        content = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError):
        return None
    told = content.get("model_type") if isinstance(content, dict) else None
    if told is None:
        return None
    name = SYNONYMS.get(str(told), str(told))
    known = known_model(name)
    if name not in ARCHITECTURES and known is not None:
        return known.architecture
    return name if name in ARCHITECTURES else ""


def _wanted(architecture: str, config: Config) -> list[str]:
    """What onnx-asr itself downloads: patterns that match the whole path within a repository."""
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


def _local(source: str, config: Config) -> OnDisk:
    folder = Path(source).expanduser().resolve()
    architecture = architecture_of(folder, config)
    if architecture is None:
        raise EngineUnavailableError(
            f"The local model {model_id(source)!r} is no model that onnx-asr runs: it takes a folder whose {CONFIG} "
            f"says one of {', '.join(ARCHITECTURES)} as its model_type."
        )
    lacking = missing(folder, architecture, config)
    if lacking:
        raise EngineUnavailableError(
            f"The local model {model_id(source)!r} is no whole {architecture} model: it lacks {', '.join(lacking)}."
        )
    return OnDisk(folder, architecture)


def _in_cache(repo: str, known: KnownModel | None, config: Config) -> OnDisk | None:
    for folder in cached_snapshots(repo, config.model_dir):
        architecture = known.architecture if known else architecture_of(folder, config)
        if architecture is not None and not missing(folder, architecture, config):
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
                entry = _local_entry(str(path), path, config)
                if entry.installed:
                    yield entry


def _same(one: ModelEntry, other: ModelEntry) -> bool:
    known = known_model(one.source)
    return one.source == other.source or (known is not None and known is known_model(other.source))


def _local_entry(source: str, path: Path, config: Config) -> ModelEntry:
    architecture = architecture_of(path, config)
    installed = architecture is not None and not missing(path, architecture, config)
    return ModelEntry(path.resolve().name, ENGINE_NAME, source, LOCAL, _created(path), installed)


@lru_cache(maxsize=64)
def _weights_beside(graph: Path, changed: int, size: int) -> tuple[str, ...]:
    """Names of the files that hold an ONNX file's weights.

    Args:
        changed, size: of the file, so that another one under its name is looked at anew.
    """
    if not 0 < size < _GRAPH_ONLY:
        return ()
    names: dict[str, None] = {}
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = content.find(_LOCATION)
        while found >= 0:
            start = found + len(_LOCATION) + 1
            length = content[start - 1]  # of a name below 128 bytes
            names[content[start : start + length].decode("utf-8", "replace")] = None
            found = content.find(_LOCATION, start)
    return tuple(names)


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return RELEASED
