"""Models that a request may name, and the engines that answer for each: the same for engines of every kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from voice_stack.core.errors import ModelNotFoundError, SettingsError, UnsupportedError
from voice_stack.hub.local import model_id
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.options import AUTO, HostOptions
from voice_stack.serving.registry import Registry
from voice_stack.serving.spec import LOCAL, EngineSpec, Kind, Licence, ModelEntry

_LISTED = 20

Configure = Callable[[EngineSpec, str], EngineConfig[Any]]
"""The configuration of an engine, with what it shall load; an empty name leaves that to the engine."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a kind's models that are not the engines' own.

    Attributes:
        aliases: OpenAI's names, which stand for the configured model; the first is the default.
        refused: names of OpenAI's that nothing here stands for, each with what a client is told.
    """

    aliases: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


class Catalogue:
    """The models of one kind in a service: the configured one, its stand-ins, and what else is installed or allowed.

    Names from requests are only ever compared; none becomes a path. Thread-safe.

    Args:
        options: which engines are configured and allowed.
        model: what the configured engine shall load; empty for the engine's own settings. An engine whose model comes
            with it takes none that it does not know.
        model_is_default: whether nobody has asked for that: an engine that does not know it takes its own.
        by_language: models or engines for languages, by ISO 639-1 code; `*` for all others.
        configure: makes an engine's configuration.

    Raises:
        SettingsError: an engine or a model that is configured does not exist or is left out by its licence, or no
            engine is left to answer.
    """

    def __init__(
        self,
        kind: Kind,
        names: Names,
        options: HostOptions,
        configure: Configure,
        registry: Registry,
        *,
        model: str = "",
        model_is_default: bool = False,
        by_language: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.names = names
        self._options = options
        self._configure = configure
        self._registry = registry
        self._model = model
        self._model_is_default = model_is_default
        variables = options.variables()
        self._variable = variables["engine"]
        self._commercial = variables["commercial_only"]
        self._fallbacks = [registry.get(kind, name, variables["fallback_engines"]) for name in options.fallback_engines]
        for spec in self._fallbacks:
            self._check_setting(spec.licence, f"{variables['fallback_engines']}: {spec.name}")
        self._engines = self._chosen()
        if not self._engines:
            raise SettingsError(
                f"{self._variable}={options.engine}: no engine is installed, and {variables['fallback_engines']} "
                "is empty."
            )
        self._by_language: dict[str, ModelEntry] = {}
        configured = self._configured_models()[0]  # a model that cannot be meant stops the start
        self._check_setting(self.licence(configured), f"{self._variable}={options.engine}: {configured.id}")
        self._by_language = {
            language: self._named(name, variables.get("engines_by_language", self._variable))
            for language, name in (by_language or {}).items()
        }

    @property
    def configured(self) -> ModelEntry:
        """The model that the aliases stand for."""
        return self._configured_models()[0]

    def specs(self) -> list[EngineSpec]:
        """The rows of all engines of the kind, configured or not."""
        return self._registry.of(self.kind)

    def spec(self, engine: str) -> EngineSpec:
        """The row of an engine."""
        return self._registry.get(self.kind, engine, self._variable)

    def config(self, engine: str, source: str = "") -> EngineConfig[Any]:
        """The configuration with which an engine loads a model; its own default one without `source`."""
        return self._configure(self.spec(engine), source)

    def chain(self, requested: str, language: str | None = None) -> list[ModelEntry]:
        """The models that answer for a name, in the order in which they are tried.

        A client that names a model of its own wants that one, and gets no stand-in unless it is the configured one.

        Args:
            language: ISO 639-1 code, where it is known: an alias goes to the engine that is set for it.

        Raises:
            ModelNotFoundError: neither configured nor installed nor allowed.
            UnsupportedError: one of OpenAI's names that nothing here stands for.
        """
        configured = self.configured
        if requested in self.names.aliases:
            return self._stand_ins(self._by_language.get(language or "*", self._by_language.get("*", configured)))
        if requested in (configured.id, configured.source, *configured.names):
            return self._stand_ins(configured)
        return [self._resolve(requested)]

    def goes_by_language(self, requested: str) -> bool:
        """True for a name that stands for other models in other languages."""
        return requested in self.names.aliases and bool(self._by_language.keys() - {"*"})

    def entries(self) -> list[ModelEntry]:
        """Every model that requests may name, the configured one first."""
        found: dict[str, ModelEntry] = {}
        for entry in self._candidates():
            if not self._is_left_out(entry):
                found.setdefault(entry.id, entry)
        return list(found.values())

    def left_out(self) -> list[ModelEntry]:
        """Every model that requests could name, were it not for its licence; and the engines' own that are not here."""
        found = {entry.id: entry for entry in self._candidates() if self._is_left_out(entry)}
        if self._options.commercial_only:
            for spec in self.specs():
                if spec.licence.non_commercial:
                    found |= {
                        entry.id: entry for entry in spec.models(self._configure(spec, "")) if entry.id not in found
                    }
        return list(found.values())

    def licence(self, entry: ModelEntry) -> Licence:
        """Terms of a model."""
        return entry.licence or self.spec(entry.engine).licence

    def check_licence(self, entry: ModelEntry) -> None:
        """See that a model is not left out.

        Raises:
            UnsupportedError: it is, for its licence.
        """
        if self._is_left_out(entry):
            raise UnsupportedError(
                f"The model {entry.id!r} is left out by {self._commercial}. {self.licence(entry).ban}", param="model"
            )

    def find(self, name: str) -> ModelEntry | None:
        """A model that could be had by this name, whether requests may name it or not."""
        if name in self.names.aliases:
            return self.configured
        for entry in self._candidates():
            if name in (entry.id, *entry.names) and entry.id not in self.names.aliases:
                return entry
        return self._downloadable(name)

    def _resolve(self, requested: str) -> ModelEntry:
        if requested in self.names.refused:
            raise UnsupportedError(self.names.refused[requested], param="model")
        entries = self.entries()
        for entry in entries:
            if requested in (entry.id, *entry.names):
                return entry
        if "*" in self._options.allowed_models:
            found = self._downloadable(requested, usable=True)
            if found is not None and found.owned_by != LOCAL:
                self.check_licence(found)
                return found
        for entry in self.left_out():
            if requested in (entry.id, *entry.names):
                self.check_licence(entry)
        names = [entry.id for entry in entries]
        shown = ", ".join(names[:_LISTED]) + (" ..." if len(names) > _LISTED else "")
        raise ModelNotFoundError(f"The model {requested[:100]!r} does not exist here. Available: {shown}.")

    def _candidates(self) -> Iterator[ModelEntry]:
        configured, *others = self._configured_models()
        yield configured
        yield from (replace(configured, id=alias, names=()) for alias in self.names.aliases)
        yield from self._by_language.values()
        allowed = self._options.allowed_models
        for name in allowed:
            found = None if name == "*" else self._downloadable(name, usable=True)
            if found is not None:
                yield found
        yield from (entry for entry in others if entry.installed)
        for spec in self.specs():
            if spec is self._engines[0] or (spec.rank is None and not spec.embedded):
                continue
            config = self._configure(spec, "")
            if spec.obstacle(config) is not None:
                continue
            for entry in spec.models(config):
                if entry.installed or not {"*", entry.id, entry.engine, *entry.names}.isdisjoint(allowed):
                    yield entry

    def _downloadable(self, name: str, *, usable: bool = False) -> ModelEntry | None:
        """A model by a name that an engine knows, the configured engine first.

        Args:
            usable: leave out engines that cannot be built as things are; but the configured one says so itself.
        """
        first = self._engines[0]
        for spec in (first, *(spec for spec in self.specs() if spec is not first)):
            config = self._configure(spec, "")
            if usable and spec is not first and spec.obstacle(config) is not None:
                continue
            found = spec.find(name, config) or next(
                (entry for entry in spec.models(config) if name in (entry.id, entry.source, *entry.names)), None
            )
            if found is not None:
                return found
        return None

    def _stand_ins(self, wanted: ModelEntry) -> list[ModelEntry]:
        """A model, and those that answer when it cannot be had: the configured one first."""
        chain = [wanted]
        configured = self.configured
        if wanted.engine != configured.engine or wanted.source != configured.source:
            chain.append(configured)
        for spec in self._engines[1:]:
            if all(entry.engine != spec.name for entry in chain):
                chain.append(self._counterpart(configured, spec))
        return chain

    def _counterpart(self, wanted: ModelEntry, spec: EngineSpec) -> ModelEntry:
        """The model that a stand-in runs: the same one by name, where the engine has such a thing."""
        config = self._configure(spec, "")
        found = spec.find(wanted.source, config) if wanted.source else None
        # Another engine's folder is no model of one that comes with its own.
        if found is not None and (found.installed or not spec.embedded):
            return found
        own = next(iter(spec.models(config)), None)
        return own or ModelEntry(model_id(wanted.source), spec.name, wanted.source, LOCAL, wanted.created, False)

    def _configured_models(self) -> Sequence[ModelEntry]:
        spec = self._engines[0]
        models = spec.models(self._configure(spec, self._model_for(spec)))
        if not models:
            raise SettingsError(f"{self._variable}={spec.name}: it has no model of its own, and none is configured.")
        return models

    def _model_for(self, spec: EngineSpec) -> str:
        if not self._model:
            return ""
        is_default = self._model_is_default or spec.embedded
        is_known = not is_default or spec.find(self._model, self._configure(spec, "")) is not None
        return self._model if is_known else ""

    def _named(self, name: str, variable: str) -> ModelEntry:
        """Entry that a setting names: an engine's, or a model of any."""
        for spec in self.specs():
            if name == spec.name:
                if spec is self._engines[0]:
                    return self.configured
                models = spec.models(self._configure(spec, ""))
                if models:
                    self._check_setting(self.licence(models[0]), f"{variable}: {name}")
                    return models[0]
        found = self.find(name)
        if found is not None:
            self._check_setting(self.licence(found), f"{variable}: {name}")
        if found is None:
            there = ", ".join(spec.name for spec in self.specs())
            raise SettingsError(f"{variable}: {name!r} is neither an engine ({there}) nor a model of one.")
        return found

    def _chosen(self) -> list[EngineSpec]:
        if self._options.engine != AUTO:
            first = self._registry.get(self.kind, self._options.engine, self._variable)
            self._check_setting(first.licence, f"{self._variable}={first.name}")
            return [first, *(spec for spec in self._fallbacks if spec is not first)]
        best = [
            spec
            for spec in self.specs()
            if spec.rank is not None
            and not spec.embedded
            and not (self._options.commercial_only and spec.licence.non_commercial)
            and spec.obstacle(self._configure(spec, "")) is None
        ]
        return [*best, *(spec for spec in self._fallbacks if spec not in best)]

    def _is_left_out(self, entry: ModelEntry) -> bool:
        return self._options.commercial_only and self.licence(entry).non_commercial

    def _check_setting(self, licence: Licence, setting: str) -> None:
        """See that what a setting names is not left out.

        Raises:
            SettingsError: it is, for its licence.
        """
        if self._options.commercial_only and licence.non_commercial:
            raise SettingsError(f"{setting} is left out by {self._commercial}=true. {licence.ban}")
