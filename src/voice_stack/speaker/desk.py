"""Recordings in files, heard, compared and identified: what the service and the command line do alike."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError, OverloadedError
from voice_stack.core.gate import FairGate
from voice_stack.core.settings import Settings
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.speaker.identities import Identities, open_identities
from voice_stack.speaker.identity import Consent, Identity
from voice_stack.speaker.matching import Identified, Match
from voice_stack.speaker.references import Heard, hear, hear_reference
from voice_stack.speaker.vectors import similarity

LONGEST_S: Final = 600.0
"""Seconds of a recording of one person, at most."""
# Below the half second that the network itself asks for nothing is told of a voice.
_SHORTEST_S: Final = 0.5
# Recordings that are heard at once: each holds its samples, up to 40 MB.
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 32
_RETRY_S: Final = 5.0
# The network is freed when nobody has asked for so long.
_IDLE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """A voice, and the cost of hearing it.

    Attributes:
        heard: the voice.
        audio_s: seconds of the recording.
        took_s: seconds of work, decoding left out.
        device: that the network ran on.
    """

    heard: Heard
    audio_s: float
    took_s: float
    device: str

    @property
    def real_time_factor(self) -> float:
        """Seconds of work for a second of the recording."""
        return self.took_s / max(self.audio_s, 1e-9)


@dataclass(frozen=True, slots=True)
class Compared:
    """Likeness of the voices in two recordings.

    Attributes:
        similarity: -1 to 1.
        threshold: from which they are taken to be of one person.
        model: engine and model that have heard them.
    """

    similarity: float
    threshold: float
    model: str

    @property
    def is_same(self) -> bool:
        """True where they are taken to be of one person."""
        return self.similarity >= self.threshold


class SpeakerDesk:
    """Speakers of recordings in files. Blocking; thread-safe. Loads nothing before it is needed.

    Every method that is given a file raises:
        InvalidAudioError, AudioTooLongError: it is no audio, or longer than ten minutes.
        TooLittleSpeechError, SeveralSpeakersError: it is no recording of one person.
        EngineUnavailableError, EngineError: the network cannot be had, or failed.

    Args:
        settings: of the encoder, the folders and the identities.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.encoder: SpeakerEncoder = speaker_encoder(settings, embedded=True)
        self._lock = threading.Lock()
        self._identities: Identities | None = None
        self._gate = FairGate(_AT_ONCE)
        self._used_at = time.monotonic()

    @property
    def identities(self) -> Identities:
        """The people who are enrolled."""
        with self._lock:
            if self._identities is None:
                self._identities = open_identities(self._settings, self.encoder)
            return self._identities

    def open(self) -> None:
        """Open the folder of the people who are enrolled, and finish what a killed process has left half done."""
        assert self.identities

    @contextlib.contextmanager
    def turn(self, stop: threading.Event) -> Iterator[None]:
        """A place among those who listen at once; for a service, around each of the methods below.

        Raises:
            OverloadedError: too many wait.
            CancelledWorkError: `stop` was set while it waited.
        """
        if self._gate.waiting >= _MOST_WAITING:
            raise OverloadedError("Too many recordings wait to be heard.", retry_after_s=_RETRY_S)
        with self._gate.turn(stop):
            yield

    def embed(self, file: BinaryIO, param: str = "file") -> Embedded:
        """The voice in a recording, whoever else may be in it.

        Args:
            file: a real file (`fileno()`).
            param: the request field that it came in.
        """
        clip = self._read(file, param)
        device = self.encoder.device  # loaded before the clock starts
        began = time.perf_counter()
        heard = hear(clip, self.encoder, shortest_s=_SHORTEST_S, param=param)
        return Embedded(heard, clip.duration, time.perf_counter() - began, device)

    def compare(self, file: BinaryIO, reference: BinaryIO) -> Compared:
        """Likeness of the voices in two recordings of one person each."""
        a = hear_reference(self._read(file, "file"), self.encoder, param="file")
        b = hear_reference(self._read(reference, "reference"), self.encoder, param="reference")
        return Compared(similarity(a.vector, b.vector), self.encoder.calibration.same, a.model)

    def identify(self, file: BinaryIO) -> Identified:
        """The person who speaks in a recording of one."""
        return self.identities.identify(self._read(file, "file"))

    def verify(self, file: BinaryIO, id: str) -> Match:
        """Likeness of the voice in a recording to an identity's.

        Raises:
            As `Identities.verify`, besides.
        """
        self.identities.get(id)
        return self.identities.verify(self._read(file, "file"), id)

    def enrol(self, name: str | None, files: Sequence[BinaryIO], consent: Consent | None) -> Identity:
        """Keep a new identity.

        Raises:
            As `Identities.enrol`, besides.
        """
        self.identities.check(name, len(files), consent)
        return self.identities.enrol(name, [self._read(file, "file") for file in files], consent)

    def add(self, id: str, files: Sequence[BinaryIO], consent: Consent | None) -> Identity:
        """Keep further recordings of an identity.

        Raises:
            As `Identities.add`, besides.
        """
        self.identities.get(id)
        return self.identities.add(id, [self._read(file, "file") for file in files], consent)

    def unload_idle(self) -> None:
        """Free the network where nobody has asked for minutes, and what others have forgotten at once."""
        with self._lock:
            identities = self._identities
        if identities is not None:
            identities.look_again()
        if time.monotonic() - self._used_at >= _IDLE_S:
            self.encoder.close()

    def close(self) -> None:
        """Free the network, and overwrite what is in memory of voices."""
        with self._lock:
            identities, self._identities = self._identities, None
        if identities is not None:
            identities.close()
        self.encoder.close()

    def _read(self, file: BinaryIO, param: str) -> AudioClip:
        self._used_at = time.monotonic()
        try:
            with open_audio(file, DecodeLimits(LONGEST_S), sample_rate=SAMPLE_RATE) as sound:
                clip = sound.read(LONGEST_S + 1)
        except AudioTooLongError as error:
            message = (
                f"The recording is longer than {LONGEST_S / 60:g} minutes: send a part in which the person speaks."
            )
            raise AudioTooLongError(message, param=param) from error
        except InvalidAudioError as error:
            raise InvalidAudioError(error.message, param=param) from error
        if not len(clip.samples):
            raise InvalidAudioError("There is no sound in the recording.", param=param)
        return clip
