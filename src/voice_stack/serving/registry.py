"""Registry of the engines: our own rows, and those of installed packages, by the same door."""

import importlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Final

from voice_stack.core.errors import SettingsError
from voice_stack.serving.spec import EngineSpec, Kind

logger = logging.getLogger("voice_stack.serving")

ENTRY_POINTS: Final = "voice_stack.engines"
# A new engine of ours: its folder, and a row here.
BUILT_IN: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.RECOGNITION: (
        "voice_stack.asr.engines.faster_whisper:ENGINE",
        "voice_stack.asr.engines.onnx:ENGINE",
        "voice_stack.asr.engines.openai_whisper:ENGINE",
        "voice_stack.asr.engines.moonshine:ENGINE",
        "voice_stack.asr.engines.pocketsphinx:ENGINE",
        "voice_stack.asr.engines.sherpa:ENGINE",
        "voice_stack.asr.engines.remote:ENGINE",
    ),
    Kind.SPEECH: (
        "voice_stack.tts.engines.coqui:ENGINE",
        "voice_stack.tts.engines.kokoro:ENGINE",
        "voice_stack.tts.engines.pocket:ENGINE",
        "voice_stack.tts.engines.piper:ENGINE",
        "voice_stack.tts.engines.supertonic:ENGINE",
        "voice_stack.tts.engines.espeak:ENGINE",
        "voice_stack.tts.engines.chatterbox:ENGINE",
        "voice_stack.tts.engines.tone:ENGINE",
        "voice_stack.tts.engines.remote:ENGINE",
    ),
    Kind.EMBEDDING: (
        "voice_stack.speaker.engines.campplus:ENGINE",
        "voice_stack.speaker.engines.wespeaker:ENGINE",
        "voice_stack.speaker.engines.ecapa:ENGINE",
        "voice_stack.speaker.engines.redimnet:ENGINE",
    ),
    Kind.DIARIZATION: (
        "voice_stack.speaker.diarization.engines.clustering:ENGINE",
        "voice_stack.speaker.diarization.engines.pyannote:ENGINE",
    ),
}


class Registry:
    """All engines by kind and name. Thread-safe; rows are imported when their kind is first asked for.

    Args:
        builtin: places of our own rows, `package.module:NAME`.
        entry_points: group of entry points whose objects are rows of other packages; None for none. A package that
            does not import is told in the log and left out; it never takes the name of another engine.
    """

    def __init__(self, builtin: Mapping[Kind, Sequence[str]], entry_points: str | None) -> None:
        self._builtin = builtin
        self._entry_points = entry_points
        self._lock = threading.Lock()
        self._found: dict[Kind, dict[str, EngineSpec]] = {}
        self._foreign: list[EngineSpec] | None = None

    def of(self, kind: Kind) -> list[EngineSpec]:
        """All engines of a kind: by rank, then those that are never chosen by themselves."""
        found = self._of(kind).values()
        return sorted(found, key=lambda spec: (spec.rank is None, spec.rank or 0))

    def get(self, kind: Kind, name: str, variable: str) -> EngineSpec:
        """An engine by its name.

        Args:
            variable: the setting that names it, for the message.

        Raises:
            SettingsError: there is no such engine; the message names those that there are.
        """
        spec = self._of(kind).get(name)
        if spec is None:
            there = ", ".join(one.name for one in self.of(kind))
            raise SettingsError(f"{variable}={name!r}: there is no such engine. There are: {there}.")
        return spec

    def _of(self, kind: Kind) -> dict[str, EngineSpec]:
        with self._lock:
            if kind not in self._found:
                rows = {spec.name: spec for spec in map(_row, self._builtin.get(kind, ()))}
                for spec in self._others():
                    if spec.kind is not kind:
                        continue
                    if spec.name in rows:
                        logger.warning("an installed package has another engine %r, which is left out", spec.name)
                    else:
                        rows[spec.name] = spec
                self._found[kind] = rows
            return self._found[kind]

    def _others(self) -> list[EngineSpec]:
        if self._foreign is None:
            self._foreign = list(_installed(self._entry_points)) if self._entry_points else []
        return self._foreign


def _row(place: str) -> EngineSpec:
    module, _, name = place.partition(":")
    spec: EngineSpec = getattr(importlib.import_module(module), name)
    return spec


def _installed(group: str) -> Iterator[EngineSpec]:
    for point in metadata.entry_points(group=group):
        try:
            spec = point.load()
        except Exception as error:  # noqa: BLE001 - somebody else's package must not keep ours from starting
            logger.warning("the engine %s of an installed package cannot be imported: %s", point.name, error)
            continue
        if isinstance(spec, EngineSpec):
            yield spec
        else:
            logger.warning("the entry point %s in %s is no EngineSpec", point.name, group)


REGISTRY: Final = Registry(BUILT_IN, ENTRY_POINTS)
