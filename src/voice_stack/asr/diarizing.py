"""Speakers of the transcription service: recordings diarized, alone or before they are transcribed. Blocking."""

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from voice_stack import __version__
from voice_stack.asr.recognition.run import TranscriptionOptions, TranscriptionRun
from voice_stack.asr.settings import AsrSettings
from voice_stack.audio.decode import AudioStream
from voice_stack.core.gate import FairGate
from voice_stack.core.settings import shaping_settings
from voice_stack.serving.attempt import identity_of
from voice_stack.serving.registry import Registry
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.work import Ask, Observer
from voice_stack.speaker.diarization.request import DiarizationRequest
from voice_stack.speaker.diarization.settings import DiarizationHost
from voice_stack.speaker.diarization.turns import Diarization
from voice_stack.speaker.settings import SpeakerOptions

if TYPE_CHECKING:
    from voice_stack.speaker.diarization.diarizer import Diarizer
    from voice_stack.speaker.diarization.known import KnownVoice
    from voice_stack.speaker.diarization.run import DiarizationRun
    from voice_stack.speaker.identities import Identities

Open = Callable[[BinaryIO, TranscriptionOptions], AudioStream]

# Uploads that are looked into at once.
_OPENING = 16
# Up to here somebody waits for the answer.
_INTERACTIVE_S = 30.0


class Diarizing:
    """Speakers in the recordings of a service. Thread-safe; it loads nothing before it is asked.

    Args:
        queues: of the service.
        open_audio: opens the track of a file that a request means.
    """

    def __init__(self, settings: AsrSettings, registry: Registry, queues: EngineQueues[Any], open_audio: Open) -> None:
        self._settings = settings
        self._registry = registry
        self._queues = queues
        self._open = open_audio
        self._opening = FairGate(_OPENING)
        self._making = threading.Lock()
        self._diarizer: Diarizer | None = None

    @property
    def diarizer(self) -> "Diarizer":
        """The engines; made when they are first asked for.

        Raises:
            SettingsError: DIARIZATION_* or SPEAKER_* cannot be used.
        """
        from voice_stack.speaker.diarization.diarizer import Diarizer
        from voice_stack.speaker.encoder import speaker_encoder
        from voice_stack.speaker.identities import open_identities

        with self._making:
            if self._diarizer is None:
                encoder = speaker_encoder(self._settings, self._registry, embedded=True)
                identities = open_identities(self._settings, encoder)
                enrolled = partial(_enrolled, identities)
                self._diarizer = Diarizer(
                    self._settings, encoder, self._queues, enrolled=enrolled, registry=self._registry
                )
            return self._diarizer

    def admit(self, request: DiarizationRequest) -> "list[KnownVoice]":
        """The voices that are known in a request that can be served; see `Diarizer.admit`."""
        return [] if request.turns is not None else self.diarizer.admit(request)

    def context(self) -> str:
        """Identity of all that a diarization depends on besides the request."""
        entry = self.diarizer.host.catalogue.configured
        own = self._settings.group(self.diarizer.host.catalogue.spec(entry.engine).options)
        groups = self._settings.group(DiarizationHost), self._settings.group(SpeakerOptions), own
        return identity_of(__version__, entry.engine, entry.source, shaping_settings(*groups))

    def check(self, file: BinaryIO, options: TranscriptionOptions) -> float | None:
        """Find what is wrong with a request to `start`, as far as it can be told without an engine.

        Returns:
            Seconds of audio, where they can be told.
        """
        self.admit(options.diarization or DiarizationRequest())
        with self._opening.turn(threading.Event()), self._open(file, options) as stream:
            return stream.expected_seconds

    def start(self, file: BinaryIO, options: TranscriptionOptions, ask: Ask | None = None) -> "DiarizationRun":
        """Check the audio, queue, get the engine, and hand back the diarization ready to be iterated.

        Args:
            file: a real file on disk; it must stay open until the run is closed.
            options: the diarization, the track and the lane; nothing is recognised.

        Raises:
            As `Diarizer.admit` and `Diarizer.start`; InvalidAudioError: the file is no audio.
        """
        ask = ask or Ask()
        request = options.diarization or DiarizationRequest()
        known = self.admit(request)
        with contextlib.ExitStack() as opened:
            with self._opening.turn(ask.stop):
                stream = opened.enter_context(self._open(file, options))
            run = self.diarizer.start(stream, request, known, _lane(options, stream), ask)
            run.keep(opened.pop_all())
        return run

    def hearing(
        self, file: BinaryIO, options: TranscriptionOptions, known: "list[KnownVoice]", ask: Ask
    ) -> Callable[[], Diarization]:
        """A function that diarizes what is to be transcribed, on the thread that calls it.

        Args:
            file: must stay open until it has been called.
        """

        request = options.diarization or DiarizationRequest()

        def hear() -> Diarization:
            if request.turns is not None:
                return Diarization(request.turns, {}, 0.0)
            quiet = Ask(ask.stop, _Begun(ask.observer))
            with self._open(file, options) as stream:
                with self.diarizer.start(stream, request, known, _lane(options, stream), quiet) as run:
                    for _ in run:
                        pass
                    return run.diarization

        return hear

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for their time."""
        if self._diarizer is not None:
            self._diarizer.unload_idle()

    def close(self) -> None:
        """Free all. Nothing else is called afterwards."""
        if self._diarizer is not None:
            self._diarizer.close()


def diarized_run(*what: Any) -> TranscriptionRun:
    """A transcription whose segments say who speaks; see `DiarizedRun`, whose module is only now imported."""
    from voice_stack.asr.recognition.speakers import DiarizedRun

    return DiarizedRun(*what)


class _Begun(Observer):
    """Tells that the work has begun, and nothing else: its progress is that of the transcription after it."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def begun(self) -> None:
        self._observer.begun()


def _enrolled(identities: "Identities") -> "list[KnownVoice]":
    """The voices of the identities that the encoder has heard."""
    from voice_stack.speaker.diarization.known import KnownVoice

    identities.look_again()
    there = identities.all()
    if not there:
        return []
    model = identities.encoder.name
    return [KnownVoice(one.name, voice) for one in there if (voice := one.voice(model)) is not None]


def _lane(options: TranscriptionOptions, stream: AudioStream) -> Lane:
    seconds = stream.expected_seconds
    return options.lane or (Lane.INTERACTIVE if seconds is not None and seconds <= _INTERACTIVE_S else Lane.BATCH)
