"""The voice library: recordings that the user puts into a folder, each a voice to clone."""

import hashlib
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.core.errors import (
    AudioTooLongError,
    InvalidAudioError,
    ServiceUnavailableError,
    UnusableVoiceError,
    VoiceNotFoundError,
)
from voice_stack.tts.recordings import MAX_RECORDING_S
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.folder import FoundVoice, StampedFile
from voice_stack.tts.voices.index import VoiceIndex
from voice_stack.tts.voices.listener import VoiceListener
from voice_stack.tts.voices.reference_options import ReferenceOptions
from voice_stack.tts.voices.screening import Screened, find_problem, screen_file
from voice_stack.tts.voices.sidecar import VoiceFacts, read_facts
from voice_stack.tts.voices.verdicts import Judge

MAX_FILE_BYTES: Final = 512 * 2**20
"""Of a recording: ten minutes of stereo at 96 kHz in 32 bits take 461 MB."""

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class LibraryVoice:
    """A voice of the library, usable or not.

    Attributes:
        id: what requests call it.
        name: for people.
        language: ISO 639-1 code of what is spoken in the recordings, or None.
        transcript: what is spoken in them, or None.
        seconds: of recordings; None when they cannot be decoded or were not listened to.
        problem: why it cannot be used, or None.
        gender: female, male or empty.
        is_judged: False while nobody has listened to the recordings, and there may be a problem yet.
    """

    id: str
    name: str
    language: str | None = None
    description: str = ""
    transcript: str | None = None
    seconds: float | None = None
    problem: str | None = None
    gender: str = ""
    is_judged: bool = True


@dataclass(frozen=True, slots=True)
class _Digests:
    """SHA-256 of a voice, and of each of its recordings."""

    recordings: tuple[StampedFile, ...]
    whole: str
    each: tuple[str, ...]


class VoiceLibrary:
    """The voices of a folder as it is at each access: a dropped file is a voice at once. Thread-safe.

    What a request calls a voice is only ever compared; no path is made of it. Recordings are listened to once, and
    again when their content changes, which takes about 10 ms for a second of sound: call from a worker thread. Who asks
    for one voice waits for that one; those of a list are listened to in the background.

    The doctor's judge has the say, and only what can be used for nothing is refused: who puts a file there has decided.

    Args:
        folder: need not exist.
        options: the doctor's thresholds.
    """

    def __init__(self, folder: Path, options: ReferenceOptions | None = None) -> None:
        self._judge = Judge(options or ReferenceOptions())
        self._index = VoiceIndex(folder)
        self._listener = VoiceListener(self._listen)
        self._lock = threading.Lock()
        self._digests: dict[str, _Digests] = {}
        self._facts: dict[StampedFile, VoiceFacts] = {}
        # By content, so that a renamed or copied file is not listened to again; by file what cannot be decoded, so
        # that touching it is a new try.
        self._measured: dict[str, Future[Screened]] = {}
        self._undecodable: dict[StampedFile, str] = {}

    def __contains__(self, id: object) -> bool:
        """True for the name of a voice, usable or not. Opens no file."""
        return isinstance(id, str) and self._index.find(id) is not None

    def entries(self, patience_s: float | None = None) -> list[LibraryVoice]:
        """All voices by id, those that cannot be used with the reason.

        Args:
            patience_s: seconds to wait for recordings that nobody has listened to; None for all that it takes. The
                voices that are left then are not judged, and will be soon.
        """
        found = self._index.voices()
        unknown = [voice for voice in found if self._is_unknown(voice)]
        listened = self._listener.ask(unknown, patience_s) if unknown else {}
        entries = [self._entry(voice, listened.get(voice)) for voice in found]
        # Afterwards, since a renamed recording is known by its content.
        self._forget_others(found)
        return entries

    def first_usable(self) -> VoiceReference | None:
        """The first voice by its id that can be spoken with; listens to no other."""
        for voice in self._index.voices():
            try:
                reference = self._reference(voice)
                self._listen(voice)
            except (UnusableVoiceError, ServiceUnavailableError):
                continue
            return reference
        return None

    def find(self, id: str) -> VoiceReference | None:
        """A voice whose recordings have not been listened to; None when there is no voice of this name.

        Raises:
            UnusableVoiceError: its files cannot even be read, or its name or JSON file is a mistake.
        """
        voice = self._index.find(id)
        return self._reference(voice) if voice is not None else None

    def resolve(self, id: str) -> VoiceReference:
        """A voice that can be spoken with.

        Raises:
            VoiceNotFoundError: there is no voice of this name.
            UnusableVoiceError: it is too short, clipped, noisy or damaged; the message says which.
            ServiceUnavailableError: FFmpeg is missing.
        """
        voice = self._index.find(id)
        if voice is None:
            raise VoiceNotFoundError(f"There is no voice {id[:100]!r} in the library.")
        reference = self._reference(voice)
        try:
            self._listen(voice)
        except UnusableVoiceError as error:
            raise _unusable(voice, error) from error
        return reference

    def _reference(self, voice: FoundVoice) -> VoiceReference:
        try:
            facts = self._facts_of(voice)
            digests = self._digests_of(voice)
        except UnusableVoiceError as error:
            raise _unusable(voice, error) from error
        paths = tuple(recording.path for recording in voice.recordings)
        return VoiceReference(voice.id, digests.whole, paths, facts.language, facts.transcript)

    def _is_unknown(self, voice: FoundVoice) -> bool:
        """True when only listening can tell whether the voice is any good. Opens no file."""
        if voice.problem is not None:
            return False
        with self._lock:
            if any(recording in self._undecodable for recording in voice.recordings):
                return False
            known = self._digests.get(voice.id)
            if known is None or known.recordings != voice.recordings:
                return True
            futures = [self._measured.get(digest) for digest in known.each]
        return any(future is None or not future.done() for future in futures)

    def _entry(self, voice: FoundVoice, listened: Future[None] | None) -> LibraryVoice:
        """One line of the list.

        Args:
            listened: of a voice that was unknown before.
        """
        facts = VoiceFacts()
        seconds: float | None = None
        problem: str | None = None
        is_judged = True
        try:
            facts = self._facts_of(voice)
            if listened is None or listened.done():
                if listened is not None:
                    listened.result()
                seconds = self._seconds(voice)
                self._listen(voice)
            else:
                is_judged = False
        except (UnusableVoiceError, ServiceUnavailableError) as error:
            problem = error.message
        return LibraryVoice(
            id=voice.id,
            name=facts.name or voice.id,
            language=facts.language,
            description=facts.description,
            transcript=facts.transcript,
            seconds=seconds,
            problem=problem,
            gender=facts.gender,
            is_judged=is_judged,
        )

    def _facts_of(self, voice: FoundVoice) -> VoiceFacts:
        """Facts of the JSON file, or none.

        Raises:
            UnusableVoiceError: the file has a mistake, or the voice is none by its files already.
        """
        if voice.problem is not None:
            raise UnusableVoiceError(voice.problem)
        if voice.facts is None:
            return VoiceFacts()
        with self._lock:
            facts = self._facts.get(voice.facts)
        if facts is None:
            facts = read_facts(voice.facts.path)
            with self._lock:
                self._facts[voice.facts] = facts
        return facts

    def _seconds(self, voice: FoundVoice) -> float:
        return sum(screened.levels.duration_s for screened in self._measurements(voice).values())

    def _listen(self, voice: FoundVoice) -> None:
        """Judge the recordings.

        Raises:
            UnusableVoiceError: they are not good enough.
        """
        problem = find_problem(self._measurements(voice), self._judge)
        if problem is not None:
            raise UnusableVoiceError(problem)

    def _measurements(self, voice: FoundVoice) -> dict[str, Screened]:
        digests = self._digests_of(voice)
        return {
            recording.name: self._measurement(recording, digest)
            for recording, digest in zip(voice.recordings, digests.each, strict=True)
        }

    def _measurement(self, recording: StampedFile, digest: str) -> Screened:
        with self._lock:
            if recording in self._undecodable:
                raise UnusableVoiceError(self._undecodable[recording])
            mine = digest not in self._measured
            future = self._measured.setdefault(digest, Future())  # whoever else asks meanwhile waits for it
        if not mine:
            try:
                return future.result()
            except UnusableVoiceError:  # which names another file of the same content
                return self._measurement(recording, digest)
        try:
            future.set_result(_measure(recording))
        except BaseException as error:
            with self._lock:
                self._measured.pop(digest, None)
                if isinstance(error, UnusableVoiceError):
                    self._undecodable[recording] = error.message
            future.set_exception(error)
            raise
        return future.result()

    def _digests_of(self, voice: FoundVoice) -> _Digests:
        """The hashes of the recordings, computed when a file has changed.

        Raises:
            UnusableVoiceError: a file cannot be read.
        """
        with self._lock:
            known = self._digests.get(voice.id)
        if known is None or known.recordings != voice.recordings:
            known = _digest(voice)
            with self._lock:
                self._digests[voice.id] = known
        return known

    def _forget_others(self, found: list[FoundVoice]) -> None:
        """Drop what is known of files that have gone or changed."""
        ids = {voice.id for voice in found}
        files = {file for voice in found for file in (*voice.recordings, *([voice.facts] if voice.facts else []))}
        with self._lock:
            self._digests = {id: known for id, known in self._digests.items() if id in ids}
            self._facts = {file: facts for file, facts in self._facts.items() if file in files}
            self._undecodable = {file: reason for file, reason in self._undecodable.items() if file in files}
            used = {digest for known in self._digests.values() for digest in known.each}
            self._measured = {d: future for d, future in self._measured.items() if d in used or not future.done()}


def _digest(voice: FoundVoice) -> _Digests:
    whole = hashlib.sha256()
    each: list[str] = []
    for recording in voice.recordings:
        if recording.stamp[-1] > MAX_FILE_BYTES:
            raise UnusableVoiceError(f"{recording.name} is larger than {MAX_FILE_BYTES // 2**20} MiB.")
        one = hashlib.sha256()
        try:
            with recording.path.open("rb") as file:
                while block := file.read(_BLOCK):
                    one.update(block)
                    whole.update(block)
        except OSError as error:
            raise UnusableVoiceError(f"{recording.name} cannot be read: {error.strerror}.") from error
        each.append(one.hexdigest())
    return _Digests(voice.recordings, whole.hexdigest(), tuple(each))


def _measure(recording: StampedFile) -> Screened:
    """Decode and measure one file.

    Raises:
        UnusableVoiceError: it cannot be decoded.
        ServiceUnavailableError: there is no FFmpeg.
    """
    if recording.stamp[-1] == 0:
        raise UnusableVoiceError(f"{recording.name} is empty.")
    try:
        with recording.path.open("rb") as file:
            return screen_file(file)
    except AudioTooLongError as error:
        raise UnusableVoiceError(f"{recording.name} is longer than {MAX_RECORDING_S / 60:.0f} minutes.") from error
    except InvalidAudioError as error:
        raise UnusableVoiceError(f"{recording.name} has no sound that can be decoded.") from error
    except OSError as error:
        raise UnusableVoiceError(f"{recording.name} cannot be read: {error.strerror}.") from error


def _unusable(voice: FoundVoice, error: UnusableVoiceError) -> UnusableVoiceError:
    return UnusableVoiceError(f"The voice {voice.id!r} cannot be used: {error.message}")
