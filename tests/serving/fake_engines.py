"""Engines that compute nothing, for tests of what all engines have in common; each says `fake` of itself."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import Engine, EngineConfig, EngineOptions
from voice_stack.serving.options import HostOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

LICENCE = Licence("MIT", "none")


@dataclass(frozen=True)
class FakeCapabilities:
    """What they can do."""

    concurrency: int = 1
    languages: frozenset[str] = frozenset({"en"})


class FakeOptions(EngineOptions):
    """Settings of a fake engine."""

    model_config = SettingsConfigDict(env_prefix="FAKE_ENGINE_")

    temperature: float = setting(0.5, description="Warmth.")


class FakeHost(HostOptions):
    """The fake engines of a service."""

    model_config = SettingsConfigDict(env_prefix="FAKE_")

    engines_by_language: dict[str, str] = setting({}, description="Engines for languages.")


class FakeEngine(Engine, abstract=True):
    """What they share."""

    needs: ClassVar[str] = ""
    """Package that is missing."""

    def __init__(self, config: EngineConfig[Any]) -> None:
        self.capabilities = FakeCapabilities()
        self.model = config.model or "fake"
        self.device = "cpu"

    @classmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        return f"The engine {cls.name} needs the package {cls.needs}." if cls.needs else None

    @classmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        return True

    @classmethod
    def languages(cls, config: EngineConfig[Any]) -> frozenset[str]:
        return frozenset({"en"})

    def close(self) -> None:
        """Nothing to free."""


class Alpha(FakeEngine):
    """The best."""

    name = "alpha"


class Beta(FakeEngine):
    """One that would be better, but is not installed."""

    name = "beta"
    needs = "beta-package"


class Gamma(FakeEngine):
    """The next best."""

    name = "gamma"


class Inside(FakeEngine):
    """One whose model comes with it."""

    name = "inside"


class Signal(FakeEngine):
    """One that is never chosen by itself."""

    name = "signal"


class Untrue(FakeEngine):
    """One that cannot be built, though nothing is known to be in the way."""

    name = "untrue"

    def __init__(self, config: EngineConfig[Any]) -> None:
        raise OSError(2, "No such file or directory", "/secret/place/lib.so")


def _entry(id: str, engine: str, *, installed: bool, names: tuple[str, ...] = ()) -> ModelEntry:
    return ModelEntry(id, engine, id, "fakers", 1_700_000_000, installed, names)


def _alphas(config: EngineConfig[Any]) -> list[ModelEntry]:
    configured = _entry(config.model or "alpha-large", "alpha", installed=False, names=("alpha",))
    return [configured, _entry("alpha-small", "alpha", installed=True, names=("little",))]


def _find_alpha(name: str, config: EngineConfig[Any]) -> ModelEntry | None:
    return _entry(name, "alpha", installed=False) if name.startswith("alpha-") else None


def _row(
    name: str, place: str, rank: int | None, kind: Kind = Kind.SPEECH, *, installed: bool = False, inside: bool = False
) -> EngineSpec:
    return EngineSpec(
        kind,
        name,
        f"tests.serving.fake_engines:{place}",
        install=f"{name}-package",
        licence=LICENCE,
        models=lambda config: [_entry(f"{name}-1", name, installed=installed, names=(name,))],
        options=FakeOptions,
        rank=rank,
        embedded=inside,
    )


ALPHA = EngineSpec(
    Kind.SPEECH,
    "alpha",
    "tests.serving.fake_engines:Alpha",
    install="alpha-package",
    licence=LICENCE,
    models=_alphas,
    find=_find_alpha,
    options=FakeOptions,
    rank=20,
)
BETA = _row("beta", "Beta", 10, installed=True)
GAMMA = _row("gamma", "Gamma", 30)
INSIDE = _row("inside", "Inside", 90, installed=True, inside=True)
SIGNAL = _row("signal", "Signal", None, installed=True)
UNTRUE = _row("untrue", "Untrue", 40, Kind.CONVERSION)
ABSENT = _row("absent", "NoSuchClass", 50, Kind.CONVERSION)

PLACES = {
    Kind.SPEECH: tuple(f"tests.serving.fake_engines:{name}" for name in ("SIGNAL", "INSIDE", "GAMMA", "BETA", "ALPHA")),
    Kind.CONVERSION: tuple(f"tests.serving.fake_engines:{name}" for name in ("UNTRUE", "ABSENT")),
}
