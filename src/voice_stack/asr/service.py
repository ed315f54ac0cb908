"""Transcription from a file on disk to a transcript: decode, find the speech, recognise, put times back.

Everything here is blocking and runs in worker threads; `asr/runner.py` brings it to the event loop.
"""

import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Self

from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.pool import EnginePool, LeasedEngine
from voice_stack.asr.models import ModelCatalogue
from voice_stack.asr.pieces import Piece, piece_lengths, read_pieces
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import LanguageGuess, Recognition, RecognitionRequest, Segment, Transcript, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import AudioStream, DecodeLimits, RawPcm, open_audio
from voice_stack.audio.vad import SpeechMap, VadConfig, cut_point, speech_spans
from voice_stack.core.errors import CancelledWorkError, InvalidAudioError, VadError
from voice_stack.core.gate import FairGate

logger = logging.getLogger("voice_stack.asr")

# Text before a piece that is given to the engine as its prompt: Whisper keeps at most 223 tokens of it.
_CONTEXT_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """What a client wants done with its audio.

    Attributes:
        model: as the request names it; aliases are fine.
        vad: parameters of the voice activity detection, or None to recognise everything.
        streaming: whether segments are read as they are made.
        raw: set when the file is headerless PCM.
    """

    recognition: RecognitionRequest = field(default_factory=RecognitionRequest)
    model: str = "whisper-1"
    vad: VadConfig | None = None
    streaming: bool = False
    raw: RawPcm | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a finished transcription cost.

    Attributes:
        audio_s: seconds of audio.
        speech_s: seconds of it that the engine was given.
        inference_s: seconds spent inside the engine, waiting excluded.
        waited_s: seconds spent waiting for a turn.
    """

    engine: str
    model: str
    audio_s: float
    speech_s: float
    inference_s: float
    waited_s: float

    @property
    def real_time_factor(self) -> float:
        return self.inference_s / self.audio_s if self.audio_s else 0.0


class TranscriptionService:
    """Blocking transcription on resident engines. Thread-safe."""

    def __init__(self, settings: AsrSettings) -> None:
        self.settings = settings
        self.catalogue = ModelCatalogue(settings)
        self.pool = EnginePool(settings, self.catalogue)
        self.on_finished: Callable[[RunReport], None] | None = None
        """Called with the report of every transcription that ran to its end, from its thread."""
        self._gates: weakref.WeakKeyDictionary[ASREngine, FairGate] = weakref.WeakKeyDictionary()
        self._gates_lock = threading.Lock()

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
        with self.pool.lease(self.settings.asr_model):
            pass

    @property
    def waiting(self) -> int:
        """Transcriptions that wait for a turn on an engine."""
        with self._gates_lock:
            return sum(gate.waiting for gate in self._gates.values())

    def default_vad(self) -> VadConfig:
        """The configured parameters of the voice activity detection."""
        s = self.settings
        return VadConfig(
            threshold=s.asr_vad_threshold,
            min_speech_duration_ms=s.asr_vad_min_speech_duration_ms,
            max_speech_duration_s=s.asr_vad_max_speech_duration_s,
            min_silence_duration_ms=s.asr_vad_min_silence_duration_ms,
            speech_pad_ms=s.asr_vad_speech_pad_ms,
        )

    def start(
        self, file: BinaryIO, options: TranscriptionOptions, stop: threading.Event | None = None
    ) -> "TranscriptionRun":
        """Check the audio, get the engine, and hand back the transcription ready to be iterated.

        Args:
            file: a real file on disk; it must stay open until the run is closed.
            stop: set it to give the run up.

        Raises:
            ModelNotFoundError, InvalidAudioError, UnsupportedError: before anything heavy is done.
            EngineUnavailableError: no engine could be built.
        """
        self.catalogue.resolve(options.model)
        stop = stop or threading.Event()
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(open_audio(file, self._limits(), raw=options.raw))
            leased = stack.enter_context(self.pool.lease(options.model))
            return TranscriptionRun(self, options, stream, leased, stop, stack.pop_all())

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
        with self.pool.lease(self.settings.asr_model) as leased:
            return leased.engine.detect_language(clip)[0], leased

    def gate_of(self, engine: ASREngine) -> FairGate:
        """The gate in front of an engine, as wide as the engine can work."""
        with self._gates_lock:
            if engine not in self._gates:
                self._gates[engine] = FairGate(engine.capabilities.concurrency)
            return self._gates[engine]

    def finished(self, report: RunReport) -> None:
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


class TranscriptionRun:
    """One transcription: iterate it for the segments, in order of time, then read `transcript`.

    Close it in any case; closing early abandons the rest.
    """

    def __init__(
        self,
        service: TranscriptionService,
        options: TranscriptionOptions,
        stream: AudioStream,
        leased: LeasedEngine,
        stop: threading.Event,
        resources: contextlib.ExitStack,
    ) -> None:
        self.leased = leased
        self.stop = stop
        self.language: LanguageGuess | None = None
        self._service = service
        self._options = options
        self._stream = stream
        self._resources = resources
        self._gate = service.gate_of(leased.engine)
        self._segments: list[Segment] = []
        self._inference_s = self._waited_s = self._speech_s = 0.0
        if options.recognition.language:
            self.language = LanguageGuess(options.recognition.language, 1.0)
        self._iterator = self._run()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Generator[Segment]:
        return self._iterator

    def close(self) -> None:
        """Give up what is left, free the engine and the decoder. Idempotent."""
        self._iterator.close()
        self._resources.close()

    @property
    def engine_name(self) -> str:
        return self.leased.engine.name

    @property
    def transcript(self) -> Transcript:
        """What has been recognised so far; the whole of it once the iteration has ended."""
        return Transcript(
            task=self._options.recognition.task,
            segments=tuple(self._segments),
            language=self.language,
            duration=self._stream.seconds,
            engine=self.engine_name,
            model=self.leased.engine.model,
        )

    @property
    def report(self) -> RunReport:
        return RunReport(
            engine=self.engine_name,
            model=self.leased.engine.model,
            audio_s=self._stream.seconds,
            speech_s=self._speech_s,
            inference_s=self._inference_s,
            waited_s=self._waited_s,
        )

    def _run(self) -> Generator[Segment]:
        settings = self._service.settings
        lengths = piece_lengths(
            settings.asr_chunk_s,
            streaming=self._options.streaming,
            incremental=self.leased.engine.capabilities.incremental,
        )
        for piece in read_pieces(self._stream, lengths, cut_point):
            if self.stop.is_set():
                raise CancelledWorkError("The client is gone.")
            for segment in self._recognise(piece):
                self._segments.append(segment)
                yield segment
        self._service.finished(self.report)

    def _recognise(self, piece: Piece) -> Iterator[Segment]:
        speech = self._speech_of(piece.clip)
        if speech is None:
            return
        clip = speech.speech if isinstance(speech, SpeechMap) else speech
        self._speech_s += clip.duration
        request = self._request_for(piece)
        with self._turn():
            recognition = self.leased.engine.transcribe(clip, request, self.stop)
        self.language = self.language or recognition.language
        end = piece.offset + piece.clip.duration
        for segment in self._take(recognition):
            if isinstance(speech, SpeechMap):
                segment = restore_times(segment, speech)
            yield clamp_times(segment.shifted(piece.offset), end)

    def _speech_of(self, clip: AudioClip) -> SpeechMap | AudioClip | None:
        """The clip with its silences cut out, the clip itself when that is not wanted, None when nobody speaks."""
        if self._options.vad is None:
            return clip if clip.duration else None
        try:
            spans = speech_spans(clip, self._options.vad)
        except VadError as error:
            logger.warning("voice activity detection failed, going on without it: %s", error)
            return clip
        return SpeechMap(clip, spans) if spans else None

    def _request_for(self, piece: Piece) -> RecognitionRequest:
        request = self._options.recognition
        if piece.offset == 0 or not self._segments:
            return replace(request, language=self.language.code if self.language else None)
        prompt = request.prompt
        settings = self._service.settings
        last = self._segments[-1]
        if settings.asr_condition_on_previous_text and last.temperature <= settings.asr_prompt_reset_on_temperature:
            prompt = "".join(segment.text for segment in self._segments[-20:])[-_CONTEXT_CHARACTERS:].strip() or prompt
        return replace(request, language=self.language.code if self.language else None, prompt=prompt)

    def _take(self, recognition: Recognition) -> Iterator[Segment]:
        """Pull the segments one by one, each in a turn of its own at the engine's gate."""
        segments = recognition.segments
        try:
            while True:
                with self._turn():
                    segment = next(segments, None)
                if segment is None:
                    return
                yield segment
        finally:
            if isinstance(segments, Generator):
                segments.close()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        asked = time.monotonic()
        with self._gate.turn(self.stop):
            entered = time.monotonic()
            self._waited_s += entered - asked
            try:
                yield
            finally:
                self._inference_s += time.monotonic() - entered


def restore_times(segment: Segment, speech: SpeechMap) -> Segment:
    """Put a segment's times back into the audio that the silences were cut from."""
    if segment.words:
        words = tuple(_restore_word(word, speech) for word in segment.words)
        return replace(segment, words=words, start=words[0].start, end=words[-1].end)
    return replace(
        segment,
        start=speech.original_time(segment.start),
        end=speech.original_time(segment.end, is_end=True),
    )


def _restore_word(word: Word, speech: SpeechMap) -> Word:
    start, end = speech.original_word_times(word.start, word.end)
    return replace(word, start=start, end=end)


def clamp_times(segment: Segment, end: float) -> Segment:
    """Whisper rounds up to its windows; nothing may end after the audio does."""
    if segment.end <= end:
        return segment
    return replace(
        segment,
        start=min(segment.start, end),
        end=end,
        words=tuple(replace(word, start=min(word.start, end), end=min(word.end, end)) for word in segment.words),
    )
