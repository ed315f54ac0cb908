"""Memory of what an engine hears in a voice's recordings: computed once, kept in memory and on the disk, pruned."""

import contextlib
import json
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineOptions
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.types import VoiceReference

logger = logging.getLogger("voice_stack.tts")

_MEGABYTE: Final = 1_000_000
_MOST_FILES: Final = 2000
# Beside each file, with the paths of the recordings that it was made of.
_SOURCES: Final = ".json"
# What a process that was killed while it wrote has left.
_PART: Final = ".part"
_STALE_S: Final = 3600.0

V = TypeVar("V")


class CloningOptions(EngineOptions):
    """Settings of every engine that clones."""

    voice_cache_mb: int = setting(
        1000,
        validation_alias="TTS_VOICE_CACHE_MB",
        ge=0,
        shapes=False,
        description="Megabytes on the disk, for each engine, of what it has heard in recordings; what was not used for "
        "longest goes, and so does what was made of recordings that are gone. 0: nothing is kept.",
    )


@dataclass
class CacheCounts:
    """Numbers of voices that were computed, read from the disk, or still in memory."""

    computed: int = 0
    read: int = 0
    remembered: int = 0


class DamagedVoiceError(Exception):
    """A file of the cache is not what it should be."""


class VoiceCache(ABC, Generic[V]):
    """Cloned voices as one engine takes them, by the sound of their recordings and by the model. Thread-safe.

    Files hold one voice each. One that cannot be read is made anew; under its name there is never a part of it.

    Args:
        folder: where the files are kept, this engine's alone; made when missing. When it cannot be written, a warning
            is all.
        fingerprint: differs between models, and ways to compute, that hear a voice differently. Hex digits.
        megabytes: of all files together; 0: none is written.
        in_memory: voices that stay in memory.
        most_files: voices on the disk.
    """

    suffix: str
    """Of the files."""

    def __init__(
        self, folder: Path, fingerprint: str, *, megabytes: float, in_memory: int = 64, most_files: int = _MOST_FILES
    ) -> None:
        self.counts = CacheCounts()
        self._folder = folder
        self._fingerprint = fingerprint
        self._bytes = megabytes * _MEGABYTE
        self._in_memory = in_memory
        self._most_files = most_files
        self._memory: OrderedDict[str, V] = OrderedDict()
        self._lock = threading.Lock()
        self.prune()

    @abstractmethod
    def hear(self, reference: VoiceReference) -> V:
        """Compute a voice.

        Raises:
            InvalidAudioError: its recordings are no audio, or too short.
            NotFoundError: they are gone.
        """

    @abstractmethod
    def save(self, voice: V, path: Path) -> None:
        """Write a voice to a new file."""

    @abstractmethod
    def load(self, path: Path) -> V:
        """Read what `save` has written. It runs nothing that the file says.

        Raises:
            DamagedVoiceError: it is something else, or of a model of another size.
            FileNotFoundError: there is none.
        """

    def get(self, reference: VoiceReference) -> V:
        """A voice, computed when nobody has asked for it before.

        Raises:
            What `hear` raises.
        """
        with self._lock:  # two requests for a new voice compute it once
            voice = self._memory.get(reference.sha256)
            if voice is not None:
                self.counts.remembered += 1
            else:
                voice = self._fetch(reference)
                self._memory[reference.sha256] = voice
                while len(self._memory) > self._in_memory:
                    self._memory.popitem(last=False)
            self._memory.move_to_end(reference.sha256)
            return voice

    def forget(self, sha256: str) -> None:
        """Drop a voice from memory; waits for one that is being computed. Its file is for who deletes the recordings.

        Args:
            sha256: of its recordings.
        """
        with self._lock:
            self._memory.pop(sha256, None)

    def prune(self) -> None:
        """Remove the files of voices whose recordings are gone, and of those used longest ago what is too much."""
        kept_bytes = kept_files = 0
        with contextlib.suppress(OSError):
            for path, size in self._newest_first():
                sources = path.with_suffix(_SOURCES)
                kept_bytes, kept_files = kept_bytes + size, kept_files + 1
                too_much = kept_bytes > self._bytes or kept_files > self._most_files
                if too_much or _are_gone(_sources(sources)):
                    kept_bytes, kept_files = kept_bytes - size, kept_files - 1
                    path.unlink(missing_ok=True)
                    sources.unlink(missing_ok=True)
            self._sweep()

    def _fetch(self, reference: VoiceReference) -> V:
        path = self._folder / f"{reference.sha256[:32]}-{self._fingerprint}{self.suffix}"
        try:
            voice = self.load(path)
        except FileNotFoundError:
            pass
        except (DamagedVoiceError, OSError) as error:
            reason = str(error) if isinstance(error, DamagedVoiceError) else error.strerror
            logger.warning("what was kept of the voice %s is damaged: computed anew (%s)", reference.id, reason)
        else:
            self.counts.read += 1
            self._used(path, reference)
            return voice
        voice = self.hear(reference)
        self.counts.computed += 1
        if self._bytes:
            self._keep(voice, path, reference)
        return voice

    def _keep(self, voice: V, path: Path, reference: VoiceReference) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _note(path.with_suffix(_SOURCES), reference)
            with _part_of(path) as part:
                self.save(voice, part)
                part.replace(path)
        except OSError as error:
            logger.warning("the voice %s cannot be kept for the next start: %s", reference.id, error.strerror)
        self.prune()

    def _used(self, path: Path, reference: VoiceReference) -> None:
        """Note that a file is of use, and to which recordings."""
        with contextlib.suppress(OSError):
            os.utime(path)
            if _sources(path.with_suffix(_SOURCES)) != list(map(str, reference.paths)):
                _note(path.with_suffix(_SOURCES), reference)

    def _newest_first(self) -> list[tuple[Path, int]]:
        """The files with their sizes in bytes, the one used last first."""
        found = []
        for path in self._folder.glob(f"*{self.suffix}"):
            with contextlib.suppress(FileNotFoundError):  # another process prunes too
                status = path.stat()
                found.append((status.st_mtime_ns, path, status.st_size))
        return [(path, size) for _, path, size in sorted(found, reverse=True)]

    def _sweep(self) -> None:
        """Remove what belongs to no file; what is new may belong to one that is being written."""
        for path in (*self._folder.glob(f"*{_SOURCES}"), *self._folder.glob(f"*{_PART}")):
            with contextlib.suppress(FileNotFoundError):
                is_stale = time.time() - path.stat().st_mtime > _STALE_S
                if is_stale and not path.with_suffix(self.suffix).exists():
                    path.unlink()


class HearingEngine(TTSEngine, Generic[V], abstract=True):
    """A speech engine that keeps what it has heard in recordings."""

    clones = True

    _cloned: VoiceCache[V]

    def forget_voice(self, sha256: str) -> None:
        """See `TTSEngine.forget_voice`."""
        self._cloned.forget(sha256)


@contextlib.contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    part = path.with_name(f"{path.name}.{time.time_ns()}{_PART}")
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _note(path: Path, reference: VoiceReference) -> None:
    """Write down of which recordings a voice was made."""
    text = json.dumps([str(recording) for recording in reference.paths])
    with _part_of(path) as part:
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def _sources(path: Path) -> list[str]:
    """The recordings that a voice was made of; empty when that is not known."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return stored if isinstance(stored, list) and all(isinstance(one, str) for one in stored) else []


def _are_gone(paths: list[str]) -> bool:
    return bool(paths) and not any(Path(path).exists() for path in paths)
