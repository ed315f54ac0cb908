"""Transcription of files on disk, on resident engines.

Everything here is blocking and runs in worker threads; `asr/runner.py` brings it to the event loop.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, Self

from voice_stack import __version__
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.pool import EnginePool, LeasedEngine
from voice_stack.asr.models import DEFAULT_MODEL, ModelCatalogue
from voice_stack.asr.recognition.checkpoints import TranscriptMemory
from voice_stack.asr.recognition.run import RunReport, TranscriptionOptions, TranscriptionRun
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import LanguageGuess, RecognitionRequest
from voice_stack.audio.decode import AudioStream, DecodeLimits, RawPcm, open_audio
from voice_stack.audio.vad import VadOptions
from voice_stack.core.errors import (
    EngineUnavailableError,
    InvalidAudioError,
    UnsupportedError,
    VoiceStackError,
)
from voice_stack.core.gate import FairGate
from voice_stack.core.settings import settings_but
from voice_stack.language.codes import language_name
from voice_stack.serving.attempt import Attempt, identity_of
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues

logger = logging.getLogger("voice_stack.asr")

# Voice activity detections at once, in each lane: one takes about 50 MB for its five minutes of audio.
_LISTENING = 2
# Uploads that are looked into at once, most of them by a child process: how long they are says where they queue.
_OPENING = 16
# Up to here somebody waits for the transcript: a command, a message.
_INTERACTIVE_S = 30.0
# Of the fair share, in seconds of audio: a unit.
_QUANTUM_S = 30.0
# Settings under which the same audio gives the same transcript.
_NOT_SHAPING = frozenset(
    {
        "asr_host",
        "asr_port",
        "asr_allowed_models",
        "asr_retry_engine_s",
        "asr_cpu_threads",
        "asr_workers",
        "asr_micro_batch_size",
        "asr_micro_batch_wait_ms",
        "asr_cpu_when_gpu_is_full",
        "asr_idle_unload_s",
        "asr_preload",
        "asr_max_upload_mb",
        "asr_batch_max_upload_mb",
        "asr_bazarr_max_upload_mb",
        "asr_bazarr_require_key",
        "asr_max_audio_s",
        "asr_decode_timeout_s",
    }
)


class TranscriptionService:
    """Blocking transcription on resident engines. Thread-safe.

    Raises:
        SettingsError: ASR_MODEL names nothing.
    """

    def __init__(self, settings: AsrSettings) -> None:
        self.settings = settings
        self.catalogue = ModelCatalogue(settings)
        self.catalogue.check_configured()
        self.pool = EnginePool(settings, self.catalogue)
        self.on_finished: Callable[[RunReport], None] | None = None
        """Called with the report of every transcription that ran to its end, from its thread."""
        self.queues: EngineQueues[ASREngine] = EngineQueues(settings.queue, quantum=_QUANTUM_S)
        self._opening = FairGate(_OPENING)
        self._listening = {lane: FairGate(_LISTENING) for lane in Lane}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.pool.close()

    def preload(self) -> None:
        """Load the configured model now.

        Raises:
            EngineUnavailableError: neither it nor a fallback can be built.
        """
        with self.pool.lease(DEFAULT_MODEL):
            pass

    @property
    def waiting(self) -> int:
        """Transcriptions that wait for a turn on an engine."""
        return self.queues.waiting

    def default_vad(self) -> VadOptions:
        """The configured parameters of the voice activity detection."""
        return self.settings.vad

    def check(self, file: BinaryIO, options: TranscriptionOptions) -> float | None:
        """Find what is wrong with a request, as far as it can be told without an engine.

        Returns:
            Seconds of audio, where they can be told.

        Raises:
            ModelNotFoundError, InvalidAudioError, UnsupportedError: the client has to change something.
        """
        self.catalogue.resolve(options.model)
        with self._opening.turn(threading.Event()), open_audio(file, self._limits(), raw=options.raw) as stream:
            return stream.expected_seconds

    def context(self, model: str) -> str:
        """The identity of what a transcript depends on besides the request: the settings, and what a model's name
        stands for."""
        entry = self.catalogue.resolve(model)
        return identity_of(__version__, entry.engine, entry.source, settings_but(self.settings, "asr_", _NOT_SHAPING))

    def start(
        self,
        file: BinaryIO,
        options: TranscriptionOptions,
        stop: threading.Event | None = None,
        attempt: Attempt | None = None,
    ) -> TranscriptionRun:
        """Check the audio, queue, get the engine, and hand back the transcription ready to be iterated.

        Args:
            file: a real file on disk; it must stay open until the run is closed.
            stop: set it to give the run up.
            attempt: of a job, which goes on with what earlier ones have transcribed.

        Raises:
            ModelNotFoundError, InvalidAudioError, UnsupportedError: before anything heavy is done.
            OverloadedError: the queue is full.
            EngineUnavailableError: no engine could be built.
            CancelledWorkError: `stop` was set while it waited.
        """
        self.catalogue.resolve(options.model)
        stop = stop or threading.Event()
        with contextlib.ExitStack() as stack:
            with self._opening.turn(stop):
                stream = stack.enter_context(open_audio(file, self._limits(), raw=options.raw))
            lane = options.lane or _lane_of(stream.expected_seconds)
            stack.enter_context(self.queues.enter(lane))
            leased = stack.enter_context(self.pool.lease(options.model))
            check_abilities(leased, options.recognition)
            capabilities = leased.engine.capabilities
            cost = capabilities.cost_s(stream.expected_seconds or self.settings.asr_chunk_s)
            scheduler = self.queues.of(leased.engine)
            ticket = stack.enter_context(scheduler.admit(lane, cost, "a transcription", stop))
            stream = stack.enter_context(self._placed(stream, file, options, lane, stop))
            memory = None
            if attempt is not None:
                answering = (leased.engine.name, leased.engine.model, self.context(options.model))
                wanted = (options.recognition, options.vad, options.raw)
                memory = TranscriptMemory(attempt.checkpoints, identity_of(*answering, *wanted))
            resources = stack.pop_all()
            return TranscriptionRun(
                self.settings,
                options,
                stream,
                leased,
                ticket,
                self._listening,
                stop,
                resources,
                on_finished=self._finished,
                memory=memory,
                progress=attempt.progress if attempt else lambda done_s, total_s: None,
            )

    def detect_language(
        self, file: BinaryIO, *, raw: RawPcm | None = None, offset_s: float = 0.0, length_s: float = 30.0
    ) -> tuple[LanguageGuess, LeasedEngine]:
        """Tell the language from a stretch of the audio. Does not queue behind transcriptions.

        Raises:
            InvalidAudioError: no audio, or none after `offset_s`.
            UnsupportedError: the engine cannot detect languages.
        """
        with open_audio(file, self._limits(), raw=raw) as stream:
            skipped = 0.0
            while skipped < offset_s:
                part = stream.read(min(30.0, offset_s - skipped))
                if not part.duration:
                    raise InvalidAudioError(
                        f"The audio ends after {skipped:.1f} s, before the asked offset of {offset_s:g} s."
                    )
                skipped += part.duration
            clip = stream.read(length_s)
        if not clip.duration:
            raise InvalidAudioError("There is no audio at that offset.")
        with self.pool.lease(DEFAULT_MODEL) as leased:
            if not leased.engine.capabilities.detects_language:
                raise _unable(leased, "cannot tell languages", "language")
            return leased.engine.detect_language(clip)[0], leased

    @contextlib.contextmanager
    def _placed(
        self, stream: AudioStream, file: BinaryIO, options: TranscriptionOptions, lane: Lane, stop: threading.Event
    ) -> Iterator[AudioStream]:
        """The audio, when it is the request's turn to be under way; one that has to wait holds nothing of it."""
        waits = lane is Lane.BATCH and self.queues.crowded
        if waits:
            stream.close()
        with self.queues.place(lane, stop):
            if not waits:
                yield stream
                return
            with open_audio(file, self._limits(), raw=options.raw) as again:
                yield again

    def _finished(self, report: RunReport) -> None:
        logger.info(
            "transcribed %.1f s of audio (%.1f s of speech) in %.2f s, real-time factor %.3f, %s %s",
            report.audio_s,
            report.speech_s,
            report.inference_s,
            report.real_time_factor,
            report.engine,
            report.model,
            extra={
                "audio_s": round(report.audio_s, 3),
                "inference_s": round(report.inference_s, 3),
                "waited_s": round(report.waited_s, 3),
                "rtf": round(report.real_time_factor, 4),
                "engine": report.engine,
                "model": report.model,
            },
        )
        if self.on_finished:
            self.on_finished(report)

    def _limits(self) -> DecodeLimits:
        return DecodeLimits(max_seconds=self.settings.asr_max_audio_s, timeout_s=self.settings.asr_decode_timeout_s)


def _lane_of(seconds: float | None) -> Lane:
    return Lane.INTERACTIVE if seconds is not None and seconds <= _INTERACTIVE_S else Lane.BATCH


def check_abilities(leased: LeasedEngine, request: RecognitionRequest) -> None:
    """See that the engine can do what is asked, before it begins.

    Raises:
        UnsupportedError: it cannot.
        EngineUnavailableError: it cannot, and it only stands in for one that could not be built.
    """
    capabilities = leased.engine.capabilities
    if request.language is not None and request.language not in capabilities.languages:
        raise _unable(leased, f"does not know {language_name(request.language)}", "language")
    if request.task not in capabilities.tasks:
        raise _unable(leased, f"cannot {request.task.value}", "model")


def _unable(leased: LeasedEngine, what: str, param: str) -> VoiceStackError:
    engine = f"{leased.engine.name} ({leased.engine.model})"
    if leased.fallback_reason is None:
        return UnsupportedError(f"The engine {engine} {what}.", param=param)
    return EngineUnavailableError(
        f"The configured engine is not available: {leased.fallback_reason} Its stand-in {engine} {what}."
    )
