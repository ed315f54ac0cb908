"""Moonshine's models: the one in the wheel of moonshine-voice, those of the hub, and folders of the user's.

Of that wheel the weights are used and nothing else: its package is never imported, and none of its native code runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from voice_stack.asr.engines.moonshine.options import Config
from voice_stack.asr.engines.moonshine.published import EMBEDDED, ENGLISH_RATE, PUBLISHED, REPO, PublishedModel
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_complete, is_local, missing_files, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.spec import LOCAL, Licence, ModelEntry

ENGINE_NAME: Final = "moonshine"
PACKAGE: Final = "moonshine_voice"
INSTALL: Final = "moonshine-voice==0.1.0"
_OWNER: Final = "moonshine-ai"
# The day of Moonshine's publication, Unix seconds: files of a wheel have no date of their own.
_RELEASED: Final = 1_729_468_800
_HINT: Final = "Put a model folder into MODEL_DIR, or set ASR_MOONSHINE_MODEL to a local folder."
_ASSETS: Final = ("assets", "tiny-en")
# What a folder must hold: Moonshine's own files, or those that transformers' tools write.
NEEDED: Final = ("encoder_model.*", "decoder_model_merged.*", "tokenizer.*")
_NETWORKS: Final = (".ort", ".onnx")
_VOCABULARIES: Final = (".bin", ".json")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Files of a model on the disk."""

    encoder: Path
    decoder: Path
    vocabulary: Path


def models(config: Config) -> list[ModelEntry]:
    """The configured model, the one that comes with the install, and what else lies in MODEL_DIR.

    Raises:
        SettingsError: a folder that does not exist, or a name that is none.
    """
    source = source_of(config)
    configured = find(source, config) if source else _embedded_entry()
    if configured is None:
        raise SettingsError(unknown(config) or "")
    others = [_embedded_entry(), *_installed(config)]
    return [configured, *(entry for entry in others if entry.id != configured.id and entry.installed)]


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its name, or by the path of its folder; the one that comes with the install has no source."""
    if name in (EMBEDDED, ENGINE_NAME):
        return _embedded_entry()
    published = PUBLISHED.get(name)
    if published is not None:
        installed = _in_cache(published, config) is not None
        created = _created(storage_folder(REPO, config.model_dir))
        licence = Licence("MIT", published.licence, published.non_commercial)
        return ModelEntry(name, ENGINE_NAME, name, _OWNER, created, installed, licence=licence)
    if not name or not is_local(name):
        return None
    path = Path(name).expanduser()
    return _local_entry(model_id(name), name, path) if path.is_dir() else None


def source_of(config: Config) -> str:
    """Name or path of the model that is to be loaded; empty for the one that comes with the install."""
    source = config.model or config.options.model
    return "" if source in (EMBEDDED, ENGINE_NAME) else source


def published_of(config: Config) -> PublishedModel | None:
    """The published model that is configured; None for the one in the wheel, and for a folder of no known name."""
    return PUBLISHED.get(model_id(source_of(config))) if source_of(config) else None


def language_of(config: Config) -> str:
    """Code of the language that the configured model hears, told by its name (`...-ja`); else English."""
    published = published_of(config)
    if published is not None:
        return published.language
    from voice_stack.language.codes import LANGUAGES

    ending = model_id(source_of(config)).rpartition("-")[2] if source_of(config) else ""
    return ending if ending in LANGUAGES else "en"


def tokens_per_s(config: Config) -> float:
    """The most tokens that a second of speech has in the configured model's language."""
    published = published_of(config)
    if published is not None:
        return published.tokens_per_s
    language = language_of(config)
    rates = [model.tokens_per_s for model in PUBLISHED.values() if model.language == language]
    return max(rates, default=ENGLISH_RATE)


def unknown(config: Config) -> str | None:
    """Reason why there is no model of the configured name; None when there may be such a one."""
    source = source_of(config)
    if not source or find(source, config) is not None:
        return None
    variable = "ASR_MODEL" if config.model else "ASR_MOONSHINE_MODEL"
    if is_local(source):
        return f"{variable}={source!r}: there is no such folder."
    names = ", ".join((EMBEDDED, *PUBLISHED))
    return f"{variable}={source!r}: not a model of {ENGINE_NAME}. Known names: {names}; or the path of a local folder."


def on_disk(config: Config) -> ModelFiles | None:
    """Files of the configured model, when all of them are there. Asks no network."""
    source = source_of(config)
    if not source:
        return _embedded()
    published = PUBLISHED.get(source)
    return _in_folder(Path(source).expanduser().resolve()) if published is None else _in_cache(published, config)


def ensure_model(config: Config, progress: Progress | None = None) -> ModelFiles:
    """Files of the configured model, downloaded first when they are not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached.
    """
    found = on_disk(config)
    if found is not None:
        return found
    problem = unknown(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    source = source_of(config)
    if not source:
        raise EngineUnavailableError(f"The wheel {INSTALL} holds no model here. Install it: pip install {INSTALL}")
    published = PUBLISHED.get(source)
    if published is None:
        folder = Path(source).expanduser().resolve()
        lacking = ", ".join(missing_files(folder, NEEDED)) or "networks as .ort or .onnx"
        raise EngineUnavailableError(f"The local model {folder.name!r} is no Moonshine model: it lacks {lacking}.")
    fetch_snapshot(
        REPO,
        config.model_dir,
        published.files,
        name=published.name,
        is_complete=lambda folder: is_complete(folder, published.files),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )
    found = on_disk(config)
    if found is None:  # removed in between
        raise EngineUnavailableError(f"The model {published.name} is not on the disk. {_HINT}")
    return found


def files(config: Config) -> list[Path]:
    """Files of the configured model on the disk that are its alone; parts of a download too."""
    source = source_of(config)
    if not source:
        return []
    # What comes from the hub lies in one folder.
    is_published = source in PUBLISHED
    folder = storage_folder(REPO, config.model_dir) if is_published else Path(source).expanduser().resolve()
    return [folder] if folder.exists() else []


@lru_cache(maxsize=1)
def _embedded() -> ModelFiles | None:
    """The files in the wheel; None where it is not installed, or is a later version that holds none."""
    spec = find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    found = (_in_folder(Path(place).joinpath(*_ASSETS)) for place in places)
    return next((files for files in found if files is not None), None)


def _in_folder(folder: Path) -> ModelFiles | None:
    parts = (
        _first(folder, "encoder_model", _NETWORKS),
        _first(folder, "decoder_model_merged", _NETWORKS),
        _first(folder, "tokenizer", _VOCABULARIES),
    )
    encoder, decoder, vocabulary = parts
    if encoder is None or decoder is None or vocabulary is None:
        return None
    return ModelFiles(encoder, decoder, vocabulary)


def _first(folder: Path, stem: str, suffixes: tuple[str, ...]) -> Path | None:
    return next((path for suffix in suffixes if (path := folder / f"{stem}{suffix}").is_file()), None)


def _in_cache(published: PublishedModel, config: Config) -> ModelFiles | None:
    for folder in cached_snapshots(REPO, config.model_dir):
        if is_complete(folder, published.files):
            return ModelFiles(*(folder / name for name in published.files))
    return None


def _installed(config: Config) -> Iterator[ModelEntry]:
    """Downloads from the hub, and folders of the user's."""
    for name in PUBLISHED:
        entry = find(name, config)
        if entry is not None:
            yield entry
    if config.model_dir.is_dir():
        for path in sorted(config.model_dir.iterdir()):
            if path.is_dir() and not path.name.startswith((".", "models--")):
                yield _local_entry(path.name, str(path), path)


def _embedded_entry() -> ModelEntry:
    return ModelEntry(EMBEDDED, ENGINE_NAME, "", _OWNER, _RELEASED, _embedded() is not None, (ENGINE_NAME,))


def _local_entry(name: str, source: str, path: Path) -> ModelEntry:
    return ModelEntry(name, ENGINE_NAME, source, LOCAL, _created(path), _in_folder(path) is not None)


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return _RELEASED
