"""Transcription of files on disk, on resident engines.

Everything here is blocking and runs in worker threads; `asr/runner.py` brings it to the event loop.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from voice_stack import __version__
from voice_stack.asr.diarizing import Diarizing, diarized_run
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.recognition.aligners import alignment_chain
from voice_stack.asr.recognition.alignment import AlignmentRun
from voice_stack.asr.recognition.checkpoints import TranscriptMemory
from voice_stack.asr.recognition.run import (
    LeasedRecogniser,
    PieceLimits,
    RunReport,
    TranscriptionOptions,
    TranscriptionRun,
)
from voice_stack.asr.recognition.speech_times import speech_times
from voice_stack.asr.recognition.tracks import track_choice
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import LanguageGuess, RecognitionRequest, Task
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import AudioStream, DecodeLimits, RawPcm, open_audio
from voice_stack.audio.tracks import TrackChoice
from voice_stack.audio.vad import VadOptions, speech_spans
from voice_stack.core.errors import InvalidAudioError, VadError
from voice_stack.core.gate import FairGate
from voice_stack.core.settings import shaping_settings
from voice_stack.language.codes import language_name
from voice_stack.serving.answering import Answering
from voice_stack.serving.attempt import identity_of
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.host import answering
from voice_stack.serving.registry import REGISTRY, Registry
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.service import EngineService, configure, unable
from voice_stack.serving.spec import Kind, ModelEntry
from voice_stack.serving.work import Ask, Work

logger = logging.getLogger("voice_stack.asr")
if TYPE_CHECKING:
    from voice_stack.asr.recognition.live_seat import LiveSeat
    from voice_stack.speaker.desk import SpeakerDesk

# Voice activity detections at once, in each lane: one takes about 50 MB for its five minutes of audio.
_LISTENING = 2
# Uploads that are looked into at once, most of them by a child process: how long they are says where they queue.
_OPENING = 16
# Up to here somebody waits for the transcript: a command, a message.
_INTERACTIVE_S = 30.0
# Where languages go to engines of their own and a request names none: seconds that are listened to, and the probability
# from which a guess counts.
_DETECTION_S = 30.0
_SURE = 0.5
# Of the fair share, in seconds of audio: a unit.
_QUANTUM_S = 30.0
NAMES = Names(
    # OpenAI's names for "the transcription model"; here they all mean the configured one.
    aliases=(
        "whisper-1",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
        "gpt-transcribe",
        # Forms take it for the wish that speakers are told apart.
        "gpt-4o-transcribe-diarize",
    ),
)
DEFAULT_MODEL = NAMES.aliases[0]


def recognition_models(settings: AsrSettings, registry: Registry = REGISTRY) -> Catalogue:
    """The recognition models that requests may name.

    Raises:
        SettingsError: an engine or a model that is configured does not exist.
    """
    host = settings.host
    return Catalogue(
        Kind.RECOGNITION,
        NAMES,
        host,
        configure(settings, host),
        registry,
        model=host.model,
        model_is_default="model" not in host.model_fields_set,
        by_language=host.engines_by_language,
    )


class TranscriptionService(EngineService[ASREngine, RunReport]):
    """Blocking transcription on resident engines. Thread-safe.

    Args:
        observe: called with the report of every transcription that ran to its end, from its thread.
        registry: where engines come from.

    Raises:
        SettingsError: ASR_ENGINE or ASR_MODEL names nothing.
    """

    def __init__(
        self,
        settings: AsrSettings,
        observe: Callable[[RunReport], None] = lambda report: None,
        registry: Registry = REGISTRY,
    ) -> None:
        models = recognition_models(settings, registry)
        super().__init__(models, settings.host, EngineQueues(settings.queue, quantum=_QUANTUM_S), observe, logger)
        self.settings = settings
        self._opening = FairGate(_OPENING)
        listening = {lane: FairGate(_LISTENING) for lane in Lane}
        self._pieces = PieceLimits(settings.asr_chunk_s, listening, settings.context)
        self.diarizing = Diarizing(settings, registry, self.queues, self._opened)
        self.keep(self.diarizing)
        self._desk_lock = threading.Lock()
        self._desk: SpeakerDesk | None = None

    @property
    def speakers(self) -> "SpeakerDesk":
        """The desk where voices are compared and people enrolled; made when it is first asked for."""
        with self._desk_lock:
            if self._desk is None:
                from voice_stack.speaker.desk import SpeakerDesk

                self._desk = SpeakerDesk(self.settings)
                self.keep(self._desk)
            return self._desk

    def check(self, file: BinaryIO, options: TranscriptionOptions) -> float | None:
        """Find what is wrong with a request, as far as it can be told without an engine.

        Returns:
            Seconds of audio, where they can be told.

        Raises:
            ModelNotFoundError, InvalidAudioError, UnsupportedError: the client has to change something.
        """
        self._chain(options)
        if options.diarization is not None:
            self.diarizing.admit(options.diarization)
        choose = track_choice(options.track, options.recognition.language)
        with self._opening.turn(threading.Event()), self._open(file, options.raw, choose) as stream:
            return stream.expected_seconds

    def context(self, options: TranscriptionOptions) -> str:
        """Identity of all that a transcript depends on besides the request: the settings, and what a model's name
        stands for."""
        entry = self._chain(options)[0]
        own = self.settings.group(self.catalogue.spec(entry.engine).options)
        shaping = [pair for pair in shaping_settings(self.settings, own) if pair[0].startswith("ASR_")]
        told = () if options.diarization is None else (self.diarizing.context(),)
        return identity_of(__version__, entry.engine, entry.source, shaping, *told)

    def start(self, file: BinaryIO, options: TranscriptionOptions, ask: Ask | None = None) -> TranscriptionRun:
        """Check the audio, queue, get the engine, and hand back the transcription ready to be iterated.

        Args:
            file: a real file on disk; it must stay open until the run is closed.

        Raises:
            ModelNotFoundError, InvalidAudioError, UnsupportedError: before anything heavy is done.
            OverloadedError: the queue is full.
            EngineUnavailableError: no engine could be built.
            CancelledWorkError: the work was given up while it waited.
        """
        chain = self._chain(options)
        # Before the language is told: the track that was listened to for that is the one that is transcribed.
        choose = track_choice(options.track, options.recognition.language)
        ask = ask or Ask()
        known = [] if options.diarization is None else self.diarizing.admit(options.diarization)
        with contextlib.ExitStack() as opened:
            with self._opening.turn(ask.stop):
                stream = opened.enter_context(self._open(file, options.raw, choose))
            lane = options.lane or _lane_of(stream.expected_seconds)
            with self.host.enter(lane, ask.stop) as entrance:
                entrance.resources.push(opened.pop_all())
                # Nobody waits at the other end of a job.
                leased = entrance.lease(chain, patient=ask.attempt is not None)
                if leased.meanwhile and _lack(leased.engine, options.recognition) is not None:
                    leased = entrance.lease(chain, patient=True)
                if self.catalogue.goes_by_language(options.model) and not options.recognition.language:
                    options = self._with_language(file, options, leased)
                    chain = self.catalogue.chain(options.model, options.recognition.language)
                    leased = leased if chain[0] == leased.entry else entrance.lease(chain)
                options = _with_word_times(options, leased)
                check_abilities(leased, options.recognition)
                cost = leased.engine.capabilities.cost_s(stream.expected_seconds or self.settings.asr_chunk_s)
                # One that has to wait for its place holds nothing of the audio.
                seat = entrance.take_seat(leased.engine, cost, "a transcription", before_waiting=stream.close)
        with seat.closed_on_error():
            if stream.closed:
                stream = seat.keep(self._open(file, options.raw, choose))
            memory = self._memory(options, ask, leased)
            if options.diarization is not None:
                diarize = self.diarizing.hearing(file, options, known, ask)
                work = Work(ask, seat)
                return diarized_run(options, stream, leased, work, self._pieces, memory, self._finished, diarize)
            run = TranscriptionRun if options.alignment is None else AlignmentRun
            return run(options, stream, leased, Work(ask, seat), self._pieces, memory, self._finished)

    def listen(self, options: TranscriptionOptions, stop: threading.Event) -> "LiveSeat":
        """A seat for one turn of somebody who talks. It may take minutes, where a model has to be loaded.

        Args:
            options: of the turn; what is said of files has no effect.
            stop: set when nobody waits any more.

        Raises:
            As `start`, but for what is wrong with a file.
        """
        from voice_stack.asr.recognition.live_seat import LiveSeat

        chain = self._chain(options)
        with self.host.enter(Lane.INTERACTIVE, stop) as entrance:
            leased = entrance.lease(chain)
            if leased.meanwhile and _lack(leased.engine, options.recognition) is not None:
                leased = entrance.lease(chain, patient=True)
            check_abilities(leased, options.recognition)
            # What a turn will cost nobody knows: the speaker paces it.
            seat = entrance.take_seat(leased.engine, 0.0, "a live turn", urgency=1)
        return LiveSeat(leased, seat, options.recognition, stop, self._finished)

    def _chain(self, options: TranscriptionOptions) -> list[ModelEntry]:
        """The models that may answer."""
        language = options.recognition.language
        if options.alignment is not None:
            return alignment_chain(self.catalogue, options.model, language or "en")
        return self.catalogue.chain(options.model, language)

    def _with_language(
        self, file: BinaryIO, options: TranscriptionOptions, leased: LeasedRecogniser
    ) -> TranscriptionOptions:
        """The request with the language that its first half minute is in, where the engine is sure enough of one."""
        if not leased.engine.capabilities.detects_language:
            return options
        with self._open(file, options.raw, track_choice(options.track)) as stream:
            clip = stream.read(_DETECTION_S)
        if not clip.duration or not self._hears_voice(clip):
            return options  # a model is sure of a language all the same
        guess = leased.engine.detect_language(clip)[0]
        if guess.probability < _SURE:
            return options
        return replace(options, recognition=replace(options.recognition, language=guess.code))

    def _hears_voice(self, clip: AudioClip) -> bool:
        try:
            return bool(speech_spans(clip, self.settings.vad))
        except VadError as error:
            logger.warning("voice activity detection failed, going on without it: %s", error)
            return True

    def _memory(self, options: TranscriptionOptions, ask: Ask, leased: LeasedRecogniser) -> TranscriptMemory | None:
        if ask.attempt is None:
            return None
        answering = (leased.engine.name, leased.engine.model, self.context(options))
        # Without a track as it was before there were any: what earlier versions have finished is gone on with.
        wanted = (options.recognition, options.vad, options.raw, *filter(None, [options.track, options.alignment]))
        return TranscriptMemory(ask.attempt.checkpoints, identity_of(*answering, *wanted))

    def detect_language(
        self,
        file: BinaryIO,
        *,
        raw: RawPcm | None = None,
        track: str | None = None,
        offset_s: float = 0.0,
        length_s: float = 30.0,
    ) -> tuple[LanguageGuess, Answering]:
        """Tell the language from a stretch of the audio. Does not queue behind transcriptions.

        Raises:
            InvalidAudioError: no audio, or none after `offset_s`.
            InvalidRequestError: the file has no such track.
            UnsupportedError: the engine cannot detect languages.
        """
        with self._open(file, raw, track_choice(track)) as stream:
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
        chain = self.catalogue.chain(DEFAULT_MODEL)
        with contextlib.ExitStack() as held:
            leased = held.enter_context(self.host.pool.lease_chain(chain))
            if leased.meanwhile and not leased.engine.capabilities.detects_language:
                leased = held.enter_context(self.host.pool.lease_chain(chain, patient=True))
            if not leased.engine.capabilities.detects_language:
                raise unable(answering(leased), "cannot tell languages", "language")
            return leased.engine.detect_language(clip)[0], answering(leased)

    def speech_times(self, file: BinaryIO, options: VadOptions, track: str | None = None) -> list[tuple[float, float]]:
        """Start and end of every stretch of speech, in seconds. Does not queue behind transcriptions.

        Raises:
            InvalidAudioError: no audio.
            VadError: the detection failed.
        """
        with self._open(file, None, track_choice(track)) as stream:
            return speech_times(stream, options, self._pieces.listening[Lane.INTERACTIVE], threading.Event())

    def _finished(self, report: RunReport) -> None:
        took = f"{report.engine_s:.2f} s, real-time factor {report.real_time_factor:.3f}"
        heard = f"transcribed {report.audio_s:.1f} s of audio ({report.speech_s:.1f} s of speech) in {took}"
        self.tell(report, f"{heard}, {report.engine} {report.model}", {"inference_s": round(report.engine_s, 3)})

    def _opened(self, file: BinaryIO, options: TranscriptionOptions) -> AudioStream:
        """The audio that a request means, once more than for its recognition."""
        return self._open(file, options.raw, track_choice(options.track, options.recognition.language))

    def _open(self, file: BinaryIO, raw: RawPcm | None, choose: TrackChoice) -> AudioStream:
        limits = DecodeLimits(max_seconds=self.settings.asr_max_audio_s, timeout_s=self.settings.asr_decode_timeout_s)
        return open_audio(file, limits, raw=raw, choose=choose)


def _lane_of(seconds: float | None) -> Lane:
    return Lane.INTERACTIVE if seconds is not None and seconds <= _INTERACTIVE_S else Lane.BATCH


def _with_word_times(options: TranscriptionOptions, leased: LeasedRecogniser) -> TranscriptionOptions:
    """The request with word times, where they are of use and the engine has them at little cost.

    Of a translation there are none: its words are not those that are heard.
    """
    recognition = options.recognition
    has_them = options.word_times and leased.engine.capabilities.cheap_word_times
    if not has_them or recognition.task is Task.TRANSLATE:
        return options
    return replace(options, recognition=replace(recognition, word_timestamps=True))


def check_abilities(leased: LeasedRecogniser, request: RecognitionRequest) -> None:
    """See that the engine can do what is asked, before it begins.

    Raises:
        UnsupportedError: it cannot.
        EngineUnavailableError: it cannot, and it only stands in for one that could not be built.
    """
    lack = _lack(leased.engine, request)
    if lack is not None:
        raise unable(answering(leased), *lack)


def _lack(engine: ASREngine, request: RecognitionRequest) -> tuple[str, str] | None:
    """The ability that an engine lacks for a request, as a predicate, and the field at fault."""
    capabilities = engine.capabilities
    if request.language is not None and request.language not in capabilities.languages:
        return f"does not know {language_name(request.language)}", "language"
    if request.task not in capabilities.tasks:
        return f"cannot {request.task.value}", "model"
    return None
