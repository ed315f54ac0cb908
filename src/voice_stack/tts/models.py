"""Which models a request may name, and which engines speak for each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from voice_stack.core.errors import ModelNotFoundError, SettingsError
from voice_stack.hub.local import is_local
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.engines.factory import ENGINES, engine_class, engine_config
from voice_stack.tts.settings import AUTO, AUTO_ORDER, EngineName, TtsSettings

# OpenAI's names for "the speech model"; here they all mean the configured one.
ALIASES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
DEFAULT_MODEL = ALIASES[0]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model.

    Attributes:
        id: what requests name and `/v1/models` lists; never a path.
        source: what the engine loads: a hub id or a path; empty for what it has itself.
        owned_by: who made it.
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
    """The models of one service: the configured engine, its stand-ins, and what else is installed or allowed.

    Names from requests are only ever compared; none becomes a path.

    Raises:
        SettingsError: no engine is left to speak.
    """

    def __init__(self, settings: TtsSettings) -> None:
        self._settings = settings
        self._engines = self._configured_engines()
        if not self._engines:
            raise SettingsError("TTS_ENGINE=auto: no engine is installed, and TTS_FALLBACK_ENGINES is empty.")

    @property
    def configured(self) -> ModelEntry:
        """The model that the aliases stand for."""
        return self.entry(self._engines[0])

    def chain(self, requested: str = DEFAULT_MODEL) -> list[ModelEntry]:
        """The models that answer for a name, in the order in which they are tried.

        A client that names an engine's own model wants that one, and gets no stand-in unless it is the configured one.

        Raises:
            ModelNotFoundError: the name stands for nothing here.
        """
        configured = self.configured
        if requested in ALIASES or requested in (configured.id, configured.engine):
            return [self.entry(name) for name in self._engines]
        for entry in self._others():
            if requested in (entry.id, entry.engine):
                return [entry]
        names = ", ".join(entry.id for entry in self.entries())
        raise ModelNotFoundError(f"The model {requested[:100]!r} does not exist here. Available: {names}.")

    def entries(self) -> list[ModelEntry]:
        """What `/v1/models` lists, the configured model first."""
        configured = self.configured
        listed = [configured, *(replace(configured, id=alias) for alias in ALIASES), *self._others()]
        return list({entry.id: entry for entry in reversed(listed)}.values())[::-1]

    def entry(self, name: EngineName) -> ModelEntry:
        """An engine's configured model."""
        facts = ENGINES[name]
        config = engine_config(self._settings, name)
        local = bool(config.model) and is_local(config.model)
        return ModelEntry(
            id=Path(config.model).expanduser().resolve().name if local else facts.model_id,
            engine=name,
            source=config.model,
            owned_by="local" if local else facts.owner,
            created=facts.created,
            installed=engine_class(name).is_downloaded(config),
        )

    def _configured_engines(self) -> list[EngineName]:
        fallbacks = self._settings.tts_fallback_engines
        if self._settings.tts_engine != AUTO:
            first = EngineName(self._settings.tts_engine)
            return [first, *(name for name in fallbacks if name is not first)]
        best = [name for name in AUTO_ORDER if name is not EngineName.ESPEAK and self._obstacle(name) is None]
        return [*best, *(name for name in fallbacks if name not in best)]

    def _others(self) -> Iterator[ModelEntry]:
        """Models of engines that are not the configured one, as far as requests may have them."""
        allowed = self._settings.tts_allowed_models
        for name in AUTO_ORDER:
            if name is self._engines[0] or self._obstacle(name) is not None:
                continue
            entry = self.entry(name)
            if entry.installed or "*" in allowed or entry.id in allowed or name in allowed:
                yield entry

    def _obstacle(self, name: EngineName) -> str | None:
        cls: type[TTSEngine] = engine_class(name)
        return cls.obstacle(engine_config(self._settings, name))
