"""Created voices as requests name them: looked up at once, their files seen to be what they were."""

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.core.errors import UnusableVoiceError
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.custom.folders import RecordFolders
from voice_stack.tts.voices.custom.place import LibraryFolder
from voice_stack.tts.voices.custom.records import (
    CONSENT_ID,
    VOICE_ID,
    ConsentRecord,
    KeptFile,
    UnreadableRecordError,
    VoiceRecord,
)
from voice_stack.tts.voices.folder import Stamp, stamp

logger = logging.getLogger("voice_stack.tts")

FOLDER: Final = "voices"
"""In DATA_DIR."""
ORIGINAL: Final = "original"
REFERENCE: Final = "reference.wav"
RECORDING: Final = "recording"

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that cannot be used."""

    id: str
    reason: str


class VoiceStore:
    """The records of a folder. Thread-safe; several processes may use it.

    Args:
        path: need not exist.

    Attributes:
        voices, consents: the records.
        folder: that they are in.
    """

    def __init__(self, path: Path) -> None:
        self.folder = LibraryFolder(path)
        self.voices: RecordFolders[VoiceRecord] = RecordFolders(
            self.folder, "created", "voice.json", VoiceRecord, VOICE_ID
        )
        self.consents: RecordFolders[ConsentRecord] = RecordFolders(
            self.folder, "consents", "consent.json", ConsentRecord, CONSENT_ID
        )
        self._lock = threading.Lock()
        self._sound: dict[str, Stamp] = {}
        self.is_checked = False

    def __contains__(self, id: object) -> bool:
        """True for the id of a voice, damaged or not. Opens no file."""
        return isinstance(id, str) and self.voices.file(id, REFERENCE) is not None

    def resolve(self, id: str) -> VoiceReference | None:
        """A voice that can be spoken with; None when there is none of this id.

        Its reference is read when it is first asked for and whenever the file has changed, to see that it is the one
        that was kept.

        Raises:
            UnusableVoiceError: it is damaged.
        """
        path = self.voices.file(id, REFERENCE)
        if path is None:
            return None
        try:
            record = self.voices.get(id)
            if record is None:
                return None
            self._see_reference(record, path)
        except (UnreadableRecordError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.folder.aside.note(f"created/{id}", f"damaged: {reason}")
            raise UnusableVoiceError(f"The voice {id!r} is damaged on the server's disk: {reason}.") from error
        return VoiceReference(id, record.reference.sha256, (path,), record.language)

    def check(self, stop: threading.Event | None = None) -> list[Damage]:
        """Read every file, and set aside the records whose files are not what they were. Takes its time.

        Args:
            stop: ends it early when set.
        """
        found = [*self._damaged_voices(stop), *self._damaged_consents(stop)]
        for damage in found:
            folders = self.voices if damage.id in self.voices.ids() else self.consents
            folders.set_aside(damage.id, damage.reason)
        self.is_checked = stop is None or not stop.is_set()
        return found

    def bytes(self) -> int:
        """Bytes of all files of all records."""
        voices = sum(one.original.bytes + one.reference.bytes for one in self.voices.all())
        return voices + sum(one.recording.bytes for one in self.consents.all())

    def _see_reference(self, record: VoiceRecord, path: Path) -> None:
        mark = stamp(path.stat())
        with self._lock:
            if self._sound.get(record.id) == mark:
                return
        see_file(path, record.reference)
        with self._lock:
            self._sound[record.id] = mark

    def _damaged_voices(self, stop: threading.Event | None) -> Iterator[Damage]:
        for id in self.voices.ids():
            if stop is not None and stop.is_set():
                return
            try:
                record = self.voices.get(id)
                original, reference = self.voices.file(id, ORIGINAL), self.voices.file(id, REFERENCE)
                if record is None or original is None or reference is None:
                    continue
                see_file(original, record.original)
                self._see_reference(record, reference)
            except (UnreadableRecordError, OSError) as error:
                yield Damage(id, _reason(error))

    def _damaged_consents(self, stop: threading.Event | None) -> Iterator[Damage]:
        for id in self.consents.ids():
            if stop is not None and stop.is_set():
                return
            try:
                record, recording = self.consents.get(id), self.consents.file(id, RECORDING)
                if record is not None and recording is not None:
                    see_file(recording, record.recording)
            except (UnreadableRecordError, OSError) as error:
                yield Damage(id, _reason(error))


def kept_file(content: bytes) -> KeptFile:
    """Facts of a file's content."""
    return KeptFile(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def see_file(path: Path, kept: KeptFile) -> None:
    """See that a file is what was kept.

    Raises:
        UnreadableRecordError: it is not.
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != kept.sha256:
        raise UnreadableRecordError(f"{path.name} is not what it was when the voice was created")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"a file of it cannot be read: {error.strerror}"
    return str(error)
