"""One row for an engine of any kind: what is known of it before its package is imported."""

import importlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voice_stack.core.errors import EngineUnavailableError, VoiceStackError
from voice_stack.serving.engine import Engine, EngineConfig, EngineOptions

logger = logging.getLogger("voice_stack.serving")


LOCAL = "local"
"""`owned_by` of a model that is a folder or file of this machine."""


class Kind(StrEnum):
    """Kinds of engines, by what they do."""

    RECOGNITION = "recognition"
    SPEECH = "speech"
    EMBEDDING = "embedding"
    DIARIZATION = "diarization"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms of an engine.

    Attributes:
        code: SPDX name of its package's licence.
        weights: of its usual model.
        non_commercial: whether either forbids commercial use.
        by_voice: whether a speech engine's voices have licences of their own, which they tell where they are known.
    """

    code: str
    weights: str
    non_commercial: bool = False
    by_voice: bool = False

    @property
    def ban(self) -> str:
        """Sentence that says why it cannot be used commercially."""
        return f"Its licence ({self.code}; weights: {self.weights}) forbids commercial use."


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model.

    Attributes:
        id: what requests name and `/v1/models` lists; never a path.
        engine: name of the engine that runs it.
        source: what the engine loads: a name, a hub id or a path; empty for what it has itself.
        owned_by: the hub's organisation, `local`, or the engine's project.
        created: Unix seconds.
        installed: whether it is on the disk, so that no download is needed.
        names: further names that requests may use.
        licence: terms, where they are other ones than the engine's usual.
        megabytes: about what its download takes; 0: not known before.
    """

    id: str
    engine: str
    source: str
    owned_by: str
    created: int
    installed: bool
    names: tuple[str, ...] = ()
    licence: Licence | None = None
    megabytes: int = 0


def one_worker(device: str) -> int:
    """Computations at once of an engine that takes them one by one."""
    return 1


def finds_nothing(name: str, config: EngineConfig[Any]) -> ModelEntry | None:
    """The `find` of an engine that has no models but those it lists."""
    return None


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine's row. It stands in the engine's own folder, and importing it imports no engine.

    Example:
        ENGINE = EngineSpec(Kind.SPEECH, "noise", "my_package.noise:NoiseEngine", install="my-package",
            licence=Licence("MIT", "none"), models=lambda config: [ModelEntry("noise", "noise", "", "me", 0, True)])

    Attributes:
        name: what settings and headers call it: lower-case letters, digits and hyphens.
        place: module and class, `package.module:Class`; imported when it is first asked for.
        install: what `pip install` takes when its package is missing.
        licence: of its code and of its usual weights.
        models: its models: first the one that `config.model`, or its own options, name (or its default one), then what
            else is on the disk. Never empty where the engine has a default.
        find: a further model that it could load by this name, download included; None for a name that it does not know.
        options: its settings.
        rank: its place in `auto`, the lowest first; None: never by itself, and listed only when it is configured.
        embedded: whether its model comes with its package. `auto` leaves such an engine to the fallbacks.
        workers: computations at once on a device, where the setting says 0; 0: the engine decides when it is loaded.
    """

    kind: Kind
    name: str
    place: str
    install: str
    licence: Licence
    models: Callable[[EngineConfig[Any]], Sequence[ModelEntry]]
    find: Callable[[str, EngineConfig[Any]], ModelEntry | None] = finds_nothing
    options: type[EngineOptions] = EngineOptions
    rank: int | None = None
    embedded: bool = False
    workers: Callable[[str], int] = one_worker

    def load(self) -> type[Engine]:
        """The engine's class; imports its module, which is light.

        Raises:
            EngineUnavailableError: the module does not import, or is no engine.
        """
        module, _, name = self.place.partition(":")
        try:
            found: type[Engine] = getattr(importlib.import_module(module), name)
        except Exception as error:  # somebody else's package: whatever it raises must not take the service down
            logger.warning("the engine %s cannot be imported", self.name, exc_info=error)
            raise EngineUnavailableError(
                f"The engine {self.name} cannot be imported ({error}). Install it: pip install {self.install}"
            ) from error
        return found

    def obstacle(self, config: EngineConfig[Any]) -> str | None:
        """Reason why the engine cannot be built as things are; None when nothing is known to be in the way."""
        try:
            return self.load().obstacle(config)
        except EngineUnavailableError as error:
            return error.message

    def build(self, config: EngineConfig[Any]) -> Engine:
        """A loaded engine. May take minutes.

        Raises:
            EngineUnavailableError: its package, its model, its licence, its device or memory for it is missing.
        """
        cls = self.load()
        problem = cls.obstacle(config)
        if problem is not None:
            raise EngineUnavailableError(problem)
        try:
            return cls(config)
        except ImportError as error:
            raise EngineUnavailableError(
                f"The engine {self.name} cannot be imported ({error}). Install it: pip install {self.install}"
            ) from error
        except VoiceStackError:
            raise
        except Exception as error:  # a shared library that does not load, two packages that do not go together ...
            # An OSError's own text names the path, which is nobody's business but the log's.
            logger.warning("the engine %s cannot be loaded", self.name, exc_info=error)
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise EngineUnavailableError(f"The engine {self.name} cannot be loaded: {reason}") from error
