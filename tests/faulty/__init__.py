"""A package of somebody else with an engine that goes wrong on purpose, as pip would install it.

It wraps a real engine and does to its sound what speech networks are known to do. It says so in all that it answers.
"""

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

NAME: Final = "faulty"
STREAMING: Final = "faulty-stream"


class Wrong(StrEnum):
    """Things that go wrong."""

    NOTHING = "nothing"
    BABBLE = "babble"
    """Other speech after the sentence."""
    NOISE = "noise"
    """Hiss, breath or a hum after the sentence."""
    LOOP = "loop"
    """The last words again, said anew or the same sound."""
    TRUNCATED = "truncated"
    """Nothing after a place inside."""
    DROPPED = "dropped"
    """A quarter of the words and more are not said."""
    WORD = "word"
    """One word is not said."""
    GAP = "gap"
    """A long silence inside."""
    SILENCE = "silence"
    """Nothing at all, or next to it."""
    LANGUAGE = "language"
    """Another sentence, in another language."""
    CLIPPED = "clipped"
    """Far too loud."""
    COLLAPSE = "collapse"
    """Softer by 28 to 50 dB from a place inside."""
    FAST = "fast"
    """Spoken 1.6 to 2.5 times as fast."""


class FaultyOptions(EngineOptions):
    """The engine that goes wrong."""

    model_config = SettingsConfigDict(env_prefix="TTS_FAULTY_")

    inner: str = setting("espeak", description="Engine that speaks.")
    inner_model: str = setting("", description="Its model.")
    inner_voice: str = setting("default", description="Its voice.")
    wrong: Wrong = setting(Wrong.NOTHING, description="What goes wrong.")
    attempts: int = setting(1, ge=0, description="Attempts at an utterance that go wrong, from the first on.")
    seed: int = setting(0, ge=0, description="Of the draws.")


def models(name: str) -> Any:
    """The only model of an engine, which comes with it."""

    def made(config: EngineConfig[Any]) -> list[ModelEntry]:
        return [ModelEntry(f"{name}-1", name, "", "strangers", 1_700_000_000, installed=True, names=(name,))]

    return made


def _row(name: str, cls: str) -> EngineSpec:
    return EngineSpec(
        Kind.SPEECH,
        name,
        f"{__name__}.engine:{cls}",
        install="stranger-faulty",
        licence=Licence("MIT", "none"),
        models=models(name),
        options=FaultyOptions,
    )


ENGINE: Final = _row(NAME, "FaultyEngine")
STREAM: Final = _row(STREAMING, "FaultyStreamEngine")


def install(folder: Path) -> None:
    """Put the package into a folder for PYTHONPATH, with metadata that holds its entry points."""
    shutil.copytree(Path(__file__).parent, folder / "stranger_faulty", ignore=shutil.ignore_patterns("__pycache__"))
    metadata = folder / "stranger_faulty-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-faulty\nVersion: 1.0\n")
    points = f"[voice_stack.engines]\n{NAME} = stranger_faulty:ENGINE\n{STREAMING} = stranger_faulty:STREAM\n"
    (metadata / "entry_points.txt").write_text(points)
