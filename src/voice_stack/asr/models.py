"""Which models a request may name, and what each name stands for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from voice_stack.asr.engines.whisper_names import WHISPER_NAMES, is_local, model_id, repo_of
from voice_stack.asr.settings import AsrSettings, EngineName
from voice_stack.core.errors import ModelNotFoundError, SettingsError, UnsupportedError

# OpenAI's names for "the transcription model"; here they all mean the configured one.
ALIASES = (
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-transcribe",
)
DEFAULT_MODEL = ALIASES[0]
DIARIZING_MODEL = "gpt-4o-transcribe-diarize"
POCKETSPHINX_MODEL = "pocketsphinx"

# The day OpenAI's whisper-1 appeared: a model that is not on the disk has no date of its own.
_WHISPER_CREATED = 1_677_532_384
_HUB_ID = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}(\.[A-Za-z0-9_-]+)*/[A-Za-z0-9_][A-Za-z0-9_-]{0,95}(\.[A-Za-z0-9_-]+)*"
)
_LISTED = 20


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model.

    Attributes:
        id: what requests name and `/v1/models` lists; never a path.
        source: what the engine loads: a name, a hub id or a path.
        owned_by: the hub's organisation, `local`, or the engine's project.
        created: Unix seconds.
        installed: whether it is on the disk, so that no download is needed.
    """

    id: str
    engine: EngineName
    source: str
    owned_by: str
    created: int
    installed: bool


class ModelCatalogue:
    """The models of one service: the configured one, what MODEL_DIR holds, what ASR_ALLOWED_MODELS adds.

    Names from requests are only ever compared; none becomes a path.
    """

    def __init__(self, settings: AsrSettings) -> None:
        self._settings = settings

    @property
    def configured(self) -> ModelEntry:
        """The model of ASR_ENGINE and ASR_MODEL, which the aliases stand for."""
        settings = self._settings
        if settings.asr_engine is EngineName.POCKETSPHINX:
            return pocketsphinx_entry()
        return self._entry(settings.asr_engine, settings.asr_model)

    def is_configured(self, requested: str) -> bool:
        """Whether a name stands for the configured model."""
        configured = self.configured
        return requested in ALIASES or requested in (configured.source, configured.id)

    def resolve(self, requested: str) -> ModelEntry:
        """The model that a request names.

        Raises:
            ModelNotFoundError: neither configured nor installed nor allowed.
            UnsupportedError: OpenAI's diarizing model, which nothing here stands for yet.
        """
        if self.is_configured(requested):
            return self.configured
        if requested == DIARIZING_MODEL:
            raise UnsupportedError(
                f"{DIARIZING_MODEL} is not available: this version does not tell speakers apart.", param="model"
            )
        entries = self.entries()
        for entry in entries:
            if requested in (entry.id, *_other_names(entry)):
                return entry
        if "*" in self._settings.asr_allowed_models:
            if requested in WHISPER_NAMES[self._downloading_engine]:
                return self._download_entry(self._downloading_engine, requested)
            if _HUB_ID.fullmatch(requested):
                return self._download_entry(EngineName.FASTER_WHISPER, requested)
        names = [entry.id for entry in entries]
        shown = ", ".join(names[:_LISTED]) + (" ..." if len(names) > _LISTED else "")
        raise ModelNotFoundError(f"The model {requested[:100]!r} does not exist here. Available: {shown}.")

    def entries(self) -> list[ModelEntry]:
        """What `/v1/models` lists, the configured model first."""
        found: dict[str, ModelEntry] = {}
        for entry in self._candidates():
            found.setdefault(entry.id, entry)
        return list(found.values())

    def _candidates(self) -> Iterator[ModelEntry]:
        configured = self.configured
        yield configured
        for alias in ALIASES:
            yield replace(configured, id=alias)
        for name in self._settings.asr_allowed_models:
            if name != "*":
                yield self._allowed(name)
        yield from installed_models(self._settings.storage.model_dir)
        yield pocketsphinx_entry()

    def _allowed(self, name: str) -> ModelEntry:
        if name == POCKETSPHINX_MODEL:
            return pocketsphinx_entry()
        known = name in WHISPER_NAMES[self._downloading_engine] or is_local(name)
        return self._entry(self._downloading_engine if known else EngineName.FASTER_WHISPER, name)

    @property
    def _downloading_engine(self) -> EngineName:
        """The engine that names without an organisation are meant for."""
        engine = self._settings.asr_engine
        return EngineName.FASTER_WHISPER if engine is EngineName.POCKETSPHINX else engine

    def _entry(self, engine: EngineName, source: str) -> ModelEntry:
        if is_local(source):
            path = Path(source).expanduser()
            return ModelEntry(model_id(source), engine, source, "local", _created(path), path.exists())
        return self._download_entry(engine, source)

    def _download_entry(self, engine: EngineName, source: str) -> ModelEntry:
        """A model by its name or hub id, which is never taken for a path."""
        path = download_path(self._settings.storage.model_dir, engine, source)
        if engine is EngineName.WHISPER:
            return ModelEntry(source, engine, source, "openai", _created(path), path.is_file())
        owner = repo_of(source).partition("/")[0]
        return ModelEntry(source, engine, source, owner, _created(path), _is_complete(path))

    def check_configured(self) -> None:
        """See that ASR_MODEL can be meant.

        Raises:
            SettingsError: a folder that does not exist, or a name that the engine does not know.
        """
        settings = self._settings
        if settings.asr_engine is EngineName.POCKETSPHINX:
            return
        source, names = settings.asr_model, WHISPER_NAMES[settings.asr_engine]
        if is_local(source):
            if not Path(source).expanduser().exists():
                raise SettingsError(f"ASR_MODEL={source!r}: there is no such folder or file.")
        elif source not in names and not (
            settings.asr_engine is EngineName.FASTER_WHISPER and _HUB_ID.fullmatch(source)
        ):
            raise SettingsError(
                f"ASR_MODEL={source!r}: not a model of {settings.asr_engine}. Known names: {', '.join(names)}; or the "
                "path of a local model, or a hub id (org/name) for faster-whisper."
            )


def pocketsphinx_entry() -> ModelEntry:
    """The embedded English model."""
    return ModelEntry(POCKETSPHINX_MODEL, EngineName.POCKETSPHINX, "en-us", "cmusphinx", _WHISPER_CREATED, True)


def installed_models(model_dir: Path) -> Iterator[ModelEntry]:
    """What lies in MODEL_DIR: faster-whisper folders, openai-whisper checkpoints, downloads from the hub."""
    if not model_dir.is_dir():
        return
    for path in sorted(model_dir.iterdir()):
        if path.name.startswith("models--") and _is_complete(path):
            owner, _, name = path.name.removeprefix("models--").partition("--")
            repo = f"{owner}/{name}" if name else owner
            yield ModelEntry(repo, EngineName.FASTER_WHISPER, repo, owner, _created(path), True)
        elif (path / "model.bin").is_file():
            yield ModelEntry(path.name, EngineName.FASTER_WHISPER, str(path), "local", _created(path), True)
        elif path.suffix == ".pt" and path.is_file():
            yield ModelEntry(path.stem, EngineName.WHISPER, str(path), "local", _created(path), True)
    for path in sorted((model_dir / "whisper").glob("*.pt")):
        yield ModelEntry(path.stem, EngineName.WHISPER, path.stem, "openai", _created(path), True)


def _is_complete(path: Path) -> bool:
    """Whether a download from the hub came to its end."""
    return any(path.glob("snapshots/*/model.bin"))


def _other_names(entry: ModelEntry) -> Iterator[str]:
    """Further names of an installed model: `small` for Systran/faster-whisper-small."""
    if entry.engine is EngineName.FASTER_WHISPER and entry.owned_by != "local":
        for name in WHISPER_NAMES[EngineName.FASTER_WHISPER]:
            if repo_of(name) == entry.source:
                yield name


def download_path(model_dir: Path, engine: EngineName, source: str) -> Path:
    """Where a downloaded model lies."""
    if engine is EngineName.WHISPER:
        return model_dir / "whisper" / f"{source}.pt"
    return model_dir / f"models--{repo_of(source).replace('/', '--')}"


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return _WHISPER_CREATED
