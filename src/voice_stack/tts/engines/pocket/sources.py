"""Pocket TTS's models and ready-made voices: what is configured, where its files are, and fetching them.

pocket-tts fetches files by itself, to a cache of its own, without going on where it was cut and without a time limit.
So all are found or fetched here, and it opens files of this machine only.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.entries import model_entry
from voice_stack.tts.engines.pocket.options import OFFICIAL_REPO, Config, source_of
from voice_stack.tts.engines.pocket.recipe import (
    LANGUAGES,
    OPEN_WEIGHTS,
    HubFile,
    Named,
    Recipe,
    language_named,
    packaged_recipe,
    read_recipe,
    recipes_in,
)
from voice_stack.tts.engines.pocket.voices import KNOWN

ENGINE_NAME: Final = "pocket"
OPEN_REPO: Final = "kyutai/pocket-tts-without-voice-cloning"
"""What of Kyutai's models needs no token: all but the part that hears a recording."""

# The larger ones have 24 layers instead of 6.
_VARIANTS: Final = (*LANGUAGES, *(f"{name}_24l" for name in LANGUAGES if name != "english"))
_DEFAULT: Final = "english"
_RELEASED: Final = 1_768_262_400
_MEGABYTES: Final = 240
_EMBEDDINGS: Final = "embeddings"
_VOICE_SUFFIX: Final = ".safetensors"
_HINT: Final = (
    "Accept the terms at huggingface.co/kyutai/pocket-tts and set HF_TOKEN; or set TTS_POCKET_MODEL to "
    f"{OPEN_REPO}, which clones no voice, or to a folder with the model's files."
)


@dataclass(frozen=True, slots=True)
class Source:
    """Folder, or repository and variant, that are configured.

    Attributes:
        folder: of this machine; None for a hub id.
        repo: hub id; empty for a folder.
        variant: name of the recipe; empty where the first one counts.
    """

    folder: Path | None
    repo: str
    variant: str

    @property
    def official(self) -> bool:
        """True for Kyutai's own repositories, whose recipes come with pocket-tts."""
        return self.repo in (OFFICIAL_REPO, OPEN_REPO)


def parse_source(config: Config) -> Source:
    """The folder, or the repository and the variant, that are configured."""
    source = source_of(config)
    if is_local(source):
        return Source(Path(source).expanduser().resolve(), "", "")
    repo, _, variant = source.partition("#")
    return Source(None, repo, variant or (_DEFAULT if repo in (OFFICIAL_REPO, OPEN_REPO) else ""))


def find_recipe(config: Config) -> Recipe | None:
    """The recipe of the configured model, when it is on the disk. Imports and downloads nothing.

    Raises:
        EngineUnavailableError: it is damaged.
    """
    source = parse_source(config)
    if source.official:
        return packaged_recipe(source.variant)
    for folder in [source.folder] if source.folder else cached_snapshots(source.repo, config.model_dir):
        for path in recipes_in(folder):
            if source.variant in ("", path.stem):
                return read_recipe(path, folder)
    return packaged_recipe(source.folder.name, source.folder) if source.folder else None


def find_files(config: Config) -> dict[str, Path] | None:
    """All files of the configured model by the recipe's keys, when they are on the disk."""
    try:
        recipe = find_recipe(config)
        named = _named(recipe, parse_source(config)) if recipe else {}
    except EngineUnavailableError:
        return None
    found = {key: path for key, file in named.items() if (path := _on_disk(file, config)) is not None}
    return found if named and len(found) == len(named) else None


def ensure_files(config: Config, progress: Progress | None = None) -> tuple[Recipe, dict[str, Path]]:
    """The recipe of the configured model, and all of its files by the recipe's keys, downloaded when they are missing.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, incomplete, or the hub cannot be reached or wants a token.
    """
    source = parse_source(config)
    recipe = find_recipe(config) or _fetch_recipe(source, config, progress)
    files: dict[str, Path] = {}
    for key, file in _named(recipe, source).items():
        found = _on_disk(file, config)
        if found is None:
            if isinstance(file, Path):
                raise EngineUnavailableError(f"The local model {recipe_folder(source)!r} lacks {file.name}.")
            found = _fetch(file, config, progress)
        files[key] = found
    return recipe, files


def language_of(config: Config) -> str:
    """ISO 639-1 code of what the configured model speaks, as far as its names tell."""
    source = parse_source(config)
    try:
        recipe = find_recipe(config)
    except EngineUnavailableError:
        recipe = None
    return recipe.language if recipe else language_named(source.variant or source.repo.replace("/", "_"))


def ready_made_voices(config: Config) -> dict[str, Path | None]:
    """The model's own voices by name, each with its file when that is on the disk."""
    source = parse_source(config)
    if source.official:
        return {name: _on_disk(_embedding(source, name), config) for name in KNOWN}
    folders = [source.folder] if source.folder else cached_snapshots(source.repo, config.model_dir)
    return {path.stem: path for folder in folders for path in sorted(folder.glob(f"{_EMBEDDINGS}/*{_VOICE_SUFFIX}"))}


def ensure_voice(config: Config, name: str, progress: Progress | None = None) -> Path:
    """The file of a ready-made voice, downloaded when it is missing.

    Raises:
        VoiceNotFoundError: the model has no such voice.
        EngineUnavailableError: it cannot be downloaded.
    """
    voices = ready_made_voices(config)
    if name not in voices:
        raise VoiceNotFoundError(f"The Pocket TTS model has no voice {name[:100]!r}.")
    return voices[name] or _fetch(_embedding(parse_source(config), name), config, progress)


def models(config: Config) -> list[ModelEntry]:
    """The configured model, and Kyutai's others that are on the disk."""
    first = _entry(config)
    others = (_entry(replace(config, model=f"{OFFICIAL_REPO}#{variant}")) for variant in _VARIANTS)
    return [first, *(entry for entry in others if entry.installed and entry.id != first.id)]


def find_variant(name: str, config: Config) -> ModelEntry | None:
    """One of Kyutai's models by its name: `pocket-tts`, `pocket-tts-german`, `pocket-tts-german-24l`."""
    for variant in _VARIANTS:
        source = f"{OFFICIAL_REPO}#{variant}"
        if name in (source, _id(OFFICIAL_REPO, variant)):
            return _entry(replace(config, model=source))
    return None


def files_of_model(config: Config) -> list[Path]:
    """Files and folders on the disk that are the configured model's alone."""
    source = parse_source(config)
    if not source.official:
        path = source.folder or storage_folder(source.repo, config.model_dir)
        return [path] if path.exists() else []
    found: list[Path] = []
    for repo in dict.fromkeys((source.repo, OPEN_REPO)):
        for snapshot in cached_snapshots(repo, config.model_dir):
            folder = snapshot / "languages" / source.variant
            if folder.is_dir():
                found += [path.resolve() for path in folder.rglob("*") if path.is_symlink() and path.is_file()]
                found.append(folder)
    return found


def name_of(config: Config) -> str:
    """Name of the configured model for clients; never a path."""
    source = parse_source(config)
    return model_id(str(source.folder)) if source.folder else _id(source.repo, source.variant)


def recipe_folder(source: Source) -> str:
    """Name of what holds a model, for messages."""
    return source.folder.name if source.folder else source.repo


def _entry(config: Config) -> ModelEntry:
    source = parse_source(config)
    return model_entry(
        name_of(config),
        ENGINE_NAME,
        source_of(config),
        source.repo.partition("/")[0],
        _RELEASED,
        installed=find_files(config) is not None,
        megabytes=_MEGABYTES if source.official and not source.variant.endswith("_24l") else 0,
    )


def _id(repo: str, variant: str) -> str:
    if repo != OFFICIAL_REPO:
        return f"{repo}#{variant}" if variant not in ("", _DEFAULT) else repo
    return "pocket-tts" if variant == _DEFAULT else f"pocket-tts-{variant.replace('_', '-')}"


def _named(recipe: Recipe, source: Source) -> dict[str, Named]:
    return recipe.files(open_weights=source.repo == OPEN_REPO)


def _on_disk(file: Named, config: Config) -> Path | None:
    if isinstance(file, Path):
        return file if file.is_file() else None
    places = (snapshot / file.path for snapshot in cached_snapshots(file.repo, config.model_dir))
    return next((path for path in places if path.is_file()), None)


def _embedding(source: Source, name: str) -> HubFile:
    """The file of one of Kyutai's voices, of the version that the recipe's open weights are."""
    recipe = packaged_recipe(source.variant)
    _, _, revision = str((recipe.config if recipe else {}).get(OPEN_WEIGHTS, "")).partition("@")
    return HubFile(OPEN_REPO, f"languages/{source.variant}/{_EMBEDDINGS}/{name}{_VOICE_SUFFIX}", revision or "main")


def _fetch(file: HubFile, config: Config, progress: Progress | None) -> Path:
    snapshot = fetch_snapshot(
        file.repo,
        config.model_dir,
        (file.path,),
        name=file.repo,
        is_complete=lambda folder: (folder / file.path).is_file(),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
        revision=file.revision,
    )
    return snapshot / file.path


def _fetch_recipe(source: Source, config: Config, progress: Progress | None) -> Recipe:
    """The recipe of a repository of the community."""
    if source.folder and not source.folder.is_dir():
        raise EngineUnavailableError(f"There is no folder {source.folder.name!r} with a Pocket TTS model.")
    if source.folder:
        raise EngineUnavailableError(
            f"The local model {source.folder.name!r} is no Pocket TTS model: it has no YAML file, and its name is no "
            f"language of pocket-tts ({', '.join(LANGUAGES)})."
        )
    if source.official or source.repo.count("/") != 1:
        raise EngineUnavailableError(
            f"{source_of(config)!r} is neither a local folder nor a hub id (organisation/name, organisation/name#NAME)."
        )
    folder = fetch_snapshot(
        source.repo,
        config.model_dir,
        ("*.yaml", "*.yml"),
        name=source.repo,
        is_complete=lambda path: any(source.variant in ("", found.stem) for found in recipes_in(path)),
        timeout_s=config.hub_timeout_s,
        hint=_HINT,
        progress=progress,
    )
    return read_recipe(next(path for path in recipes_in(folder) if source.variant in ("", path.stem)), folder)
