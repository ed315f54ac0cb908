"""The models of the engine sherpa: which there are, and how they come onto the disk."""

import re
from pathlib import Path
from typing import Final

from voice_stack.asr.engines.sherpa.folder import PARTS, TOKENS, StreamingFiles, missing, streaming_files
from voice_stack.asr.engines.sherpa.options import USUAL_MODEL, Config
from voice_stack.asr.engines.whisper_names import RELEASED
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.spec import LOCAL, ModelEntry

ENGINE_NAME: Final = "sherpa"
INSTALL: Final = "'voice-stack[sherpa]'"
_HINT: Final = (
    "Unpack one of sherpa-onnx's streaming models and set ASR_MODEL to its folder; where there is none in int8, set "
    "ASR_SHERPA_QUANTIZATION= (empty)."
)
_HUB_ID: Final = re.compile(r"(?=.*streaming)[a-z0-9][\w.-]{0,95}/[a-z0-9][\w.-]{0,95}", re.IGNORECASE | re.ASCII)
# The usual model's repository holds several sets, of which one is fetched: its middle, and about its size.
_USUAL_MIDDLE: Final = "-epoch-99-avg-1-chunk-16-left-128"
_USUAL_MEGABYTES: Final = 75


def models(config: Config) -> list[ModelEntry]:
    """The configured model.

    Raises:
        SettingsError: a folder that does not exist, or a name that is none.
    """
    found = find(source_of(config), config)
    if found is None:
        raise SettingsError(unknown(config) or "")
    return [found]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its folder or its hub id."""
    if name and is_local(name):
        path = Path(name).expanduser()
        if not path.is_dir():
            return None
        installed = streaming_files(path, config.options.quantization) is not None
        return ModelEntry(model_id(name), ENGINE_NAME, name, LOCAL, _created(path), installed)
    if not _HUB_ID.fullmatch(name):
        return None
    created = _created(storage_folder(name, config.model_dir))
    installed = _in_cache(name, config) is not None
    megabytes = _USUAL_MEGABYTES if name == USUAL_MODEL else 0
    return ModelEntry(name, ENGINE_NAME, name, name.partition("/")[0], created, installed, megabytes=megabytes)


def source_of(config: Config) -> str:
    """Hub id or path of the model that is to be loaded."""
    return config.model or config.options.model


def languages(config: Config) -> frozenset[str]:
    """Codes that the model knows, as far as the settings or its name tell; all where they do not."""
    if config.options.languages:
        return frozenset(config.options.languages)
    name = model_id(source_of(config)).partition("/")[2] or model_id(source_of(config))
    return frozenset(word for word in re.split(r"[-_.]", name) if word in LANGUAGES) or frozenset(LANGUAGES)


def unknown(config: Config) -> str | None:
    """Reason why there is no model of the configured name; None when there may be such a one."""
    source = source_of(config)
    variable = "ASR_MODEL" if config.model else "ASR_SHERPA_MODEL"
    if find(source, config) is not None:
        return None
    if is_local(source):
        return f"{variable}={source!r}: there is no such folder."
    return (
        f"{variable}={source!r}: not a model of {ENGINE_NAME}. It takes the path of a folder, or the hub id (org/name) "
        "of a repository that says streaming."
    )


def on_disk(config: Config) -> StreamingFiles | None:
    """The configured model, when all of it is there. Asks no network."""
    folder = _own_folder(config)
    return streaming_files(folder, config.options.quantization) if folder else _in_cache(source_of(config), config)


def ensure_model(config: Config, progress: Progress | None = None) -> StreamingFiles:
    """The configured model, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    problem = unknown(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    folder = _own_folder(config)
    if folder is not None:
        found = streaming_files(folder, config.options.quantization)
        if found is None:
            raise EngineUnavailableError(
                f"The local model {folder.name!r} is no whole streaming model: it lacks {', '.join(missing(folder))}."
            )
        return found
    repo, quantization = source_of(config), config.options.quantization
    folder = fetch_snapshot(
        repo,
        config.model_dir,
        _wanted(repo, quantization),
        name=repo,
        is_complete=lambda folder: streaming_files(folder, quantization, strictly=True) is not None,
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )
    found = streaming_files(folder, quantization, strictly=True)
    assert found is not None, "a snapshot that is complete"
    return found


def files(config: Config) -> list[Path]:
    """Files of the configured model on the disk, parts of a download too."""
    folder = _own_folder(config) or storage_folder(source_of(config), config.model_dir)
    return [folder] if folder.exists() else []


def _wanted(repo: str, quantization: str) -> list[str]:
    """Patterns of the files to download."""
    middle = _USUAL_MIDDLE if repo == USUAL_MODEL else "*"
    ends = dict.fromkeys(PARTS, f".{quantization}.onnx" if quantization else ".onnx") | {"decoder": ".onnx"}
    return [*(f"{part}{middle}{end}" for part, end in ends.items()), TOKENS]


def _own_folder(config: Config) -> Path | None:
    """The folder that is configured as the model; None for what comes from the hub."""
    source = source_of(config)
    return Path(source).expanduser().resolve() if is_local(source) else None


def _in_cache(repo: str, config: Config) -> StreamingFiles | None:
    snapshots = cached_snapshots(repo, config.model_dir)
    found = (streaming_files(one, config.options.quantization, strictly=True) for one in snapshots)
    return next((files for files in found if files is not None), None)


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return RELEASED
