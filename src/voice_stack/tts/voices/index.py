"""Index of the voice library's folder: what is found in it now, without reading it for every question."""

import stat
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from voice_stack.tts.voices.folder import FoundVoice, Stamp, StampedFile, find_voices, normal_id, stamp, watch_mark

# The time of a folder does not tell two changes apart that come this close; so coarse are the clocks of file systems.
_CLOCK_NS: Final = 2 * 10**9


class VoiceIndex:
    """The voices of a folder as they are now. Nothing is opened. Thread-safe.

    Looking one up among thousands costs a few calls of the system: the folder is read again only when it has changed.

    Args:
        path: need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._scan: _Scan | None = None

    def voices(self) -> list[FoundVoice]:
        """All voices by id."""
        return list(self._read().voices.values())

    def find(self, id: str) -> FoundVoice | None:
        """A voice by its name; None when there is none."""
        wanted = normal_id(id)
        with self._lock:
            scan = self._scan
        if scan is not None and scan.is_current():
            known = scan.voices.get(wanted)
            found = _restamped(known) if known is not None else None
            if found is not None or known is None:
                return found
        return self._read().voices.get(wanted)

    def _read(self) -> "_Scan":
        scan = _Scan(time.time_ns(), {})
        for voice in find_voices(self._path, scan.watched):
            scan.voices[voice.id] = voice
        with self._lock:
            self._scan = scan
        return scan


@dataclass(frozen=True, slots=True)
class _Scan:
    """Result of reading the folder, and all that changes when something else would be found.

    Attributes:
        at: when it began, in nanoseconds.
        watched: folders and links, with their `watch_mark`.
    """

    at: int
    watched: dict[str, Stamp | None]
    voices: dict[str, FoundVoice] = field(default_factory=dict)

    def is_current(self) -> bool:
        """True when the same would be found now, except for what is in the files."""
        newest = max((mark[0] for mark in self.watched.values() if mark is not None), default=self.at)
        return newest + _CLOCK_NS < self.at and all(watch_mark(path) == mark for path, mark in self.watched.items())


def _restamped(voice: FoundVoice) -> FoundVoice | None:
    """The voice with its files as they are now; None when they are not what they were."""
    if voice.problem is not None:
        return None
    files = [_restamped_file(file) for file in voice.recordings]
    facts = None if voice.facts is None else _restamped_file(voice.facts)
    recordings = tuple(file for file in files if file is not None)
    if len(recordings) != len(files) or (facts is None) != (voice.facts is None):
        return None
    return replace(voice, recordings=recordings, facts=facts)


def _restamped_file(file: StampedFile) -> StampedFile | None:
    try:
        status = file.path.stat()
    except OSError:
        return None
    return StampedFile(file.path, stamp(status)) if stat.S_ISREG(status.st_mode) else None
