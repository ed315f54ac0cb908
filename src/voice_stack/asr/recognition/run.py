"""One transcription: decode a piece, find its speech, recognise that, put the times back."""

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from voice_stack.asr.engines.base import ASREngine, ContextOptions
from voice_stack.asr.recognition.checkpoints import TranscriptMemory
from voice_stack.asr.recognition.known_text import KnownText
from voice_stack.asr.recognition.pieces import Piece, piece_lengths, read_pieces
from voice_stack.asr.types import LanguageGuess, RecognitionRequest, Segment, Transcript, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import RawPcm
from voice_stack.audio.source import AudioSource
from voice_stack.audio.vad import SOFT_SHARE, SpeechMap, VadOptions, cut_point, speech_spans
from voice_stack.core.errors import VadError
from voice_stack.core.gate import FairGate
from voice_stack.serving.answering import Answering
from voice_stack.serving.attempt import Record
from voice_stack.serving.host import answering
from voice_stack.serving.pool import Leased
from voice_stack.serving.run import EngineRun, Report, as_generator
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.spec import ModelEntry
from voice_stack.serving.work import Work
from voice_stack.speaker.diarization.request import DiarizationRequest
from voice_stack.speaker.vectors import Embedding

logger = logging.getLogger("voice_stack.asr")

LeasedRecogniser = Leased[ModelEntry, ASREngine]

# Text before a piece that is given to the engine as its prompt: Whisper keeps at most 223 tokens of it.
_CONTEXT_CHARACTERS = 600
_CONTEXT_SEGMENTS = 20
# The most that is known of a unit's cost before the engine tells.
_UNIT_S = 30.0


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """Options of a transcription, as a client asks for it.

    Attributes:
        model: as the request names it; aliases are fine.
        vad: parameters of the voice activity detection, or None to recognise everything.
        streaming: whether segments are read as they are made.
        raw: set when the file is headerless PCM.
        track: audio track by number or language, as a client asks for it; None for the file's main one.
        lane: where it queues; None: that is told by the length of the audio.
        alignment: text that is known to be said, whose words are wanted with their times; then the language is known
            too.
        word_times: whether word times are of use; the engine then gives them where they cost it little. (Where they
            must be there, `recognition` says so.)
        diarization: set when segments shall say who speaks.
    """

    recognition: RecognitionRequest = field(default_factory=RecognitionRequest)
    model: str = "whisper-1"
    vad: VadOptions | None = None
    streaming: bool = False
    raw: RawPcm | None = None
    track: str | None = None
    lane: Lane | None = None
    alignment: KnownText | None = None
    word_times: bool = False
    diarization: DiarizationRequest | None = None


@dataclass(frozen=True, slots=True)
class PieceLimits:
    """Bounds of the pieces that audio is cut into.

    Attributes:
        piece_s: longest piece, in seconds.
        listening: in front of the voice activity detection, whose memory many requests at once would multiply; one for
            each lane.
        context: how much of the text before a piece the engine is given with it.
    """

    piece_s: float
    listening: Mapping[Lane, FairGate]
    context: ContextOptions


@dataclass(frozen=True, slots=True)
class RunReport(Report):
    """Costs of a finished transcription.

    Attributes:
        speech_s: seconds of the audio that the engine was given.
    """

    speech_s: float


class TranscriptionRun(EngineRun[Segment, Answering, RunReport]):
    """One transcription: iterate it for the segments, in order of time, then read `transcript`.

    Close it in any case; closing early abandons the rest.

    Args:
        options: the request.
        stream: the audio, open.
        leased: the engine, held.
        work: the seat at the engine, which frees all of this; each piece of the audio takes a turn, and renews it for
            each unit.
        limits: bounds of the pieces, and how their text is handed on.
        memory: of a job, which goes on with what earlier attempts have finished; their segments come first.
        on_finished: called once when the transcription has run to its end.
    """

    def __init__(
        self,
        options: TranscriptionOptions,
        stream: AudioSource,
        leased: LeasedRecogniser,
        work: Work,
        limits: PieceLimits,
        memory: TranscriptMemory | None = None,
        on_finished: Callable[[RunReport], None] = lambda report: None,
    ) -> None:
        super().__init__(answering(leased), work, on_finished)
        self.language: LanguageGuess | None = None
        self._engine = leased.engine
        self._options = options
        self._stream = stream
        self._limits = limits
        self._memory = memory
        self._segments: list[Segment] = []
        self._speech_s = 0.0
        if options.recognition.language:
            self.language = LanguageGuess(options.recognition.language, 1.0)
        if memory is not None:
            self._segments += memory.segments
            self.language = self.language or memory.language
            self._speech_s = memory.speech_s
            self._seat.busy_s, self._seat.waited_s = memory.inference_s, memory.waited_s

    @property
    def transcript(self) -> Transcript:
        """All that has been recognised so far; the whole of it once the iteration has ended."""
        return Transcript(
            task=self._options.recognition.task,
            segments=tuple(self._segments),
            language=self.language,
            duration=self._stream.seconds,
            engine=self.start.engine,
            model=self.start.model,
        )

    @property
    def voices(self) -> Mapping[str, Embedding]:
        """Voices of the speakers by their names, where speakers are told apart."""
        return {}

    @property
    def report(self) -> RunReport:
        """Cost so far; of the whole when the run has come to its end."""
        return RunReport(
            engine=self.start.engine,
            model=self.start.model,
            audio_s=self._stream.seconds,
            speech_s=self._speech_s,
            engine_s=self._seat.busy_s,
            waited_s=self._seat.waited_s,
        )

    def _run(self) -> Generator[Segment]:
        lengths = piece_lengths(
            self._limits.piece_s,
            streaming=self._options.streaming,
            incremental=self._engine.capabilities.incremental,
        )
        begin = self._memory.samples if self._memory else 0
        yield from tuple(self._segments)
        for piece in read_pieces(self._stream, lengths, cut_point, begin=begin, stop=self._ask.stop):
            self._check_stop()
            self._ask.observer.wait_for_reader()
            self._tell(piece.offset)
            before = len(self._segments)
            for segment in self._recognise(piece):
                self._segments.append(segment)
                self._tell(segment.end)
                yield segment
            self._finish(piece, self._segments[before:])
        self._tell(self._stream.seconds)
        self._on_finished(self.report)

    def _finish(self, piece: Piece, segments: Sequence[Segment], facts: Record | None = None) -> None:
        """Note a piece that is done, where somebody may go on behind it."""
        if self._memory is not None:
            self._memory.finish_piece(
                round(piece.offset * self._stream.sample_rate) + len(piece.clip.samples),
                segments,
                speech_s=self._speech_s,
                inference_s=self._seat.busy_s,
                waited_s=self._seat.waited_s,
                facts=facts,
            )

    def _tell(self, done_s: float) -> None:
        self._ask.progress(done_s, self._stream.expected_seconds)

    def _recognise(self, piece: Piece) -> Iterator[Segment]:
        speech = self._speech_of(piece.clip)
        if speech is None:
            return
        clip = speech.speech if isinstance(speech, SpeechMap) else speech
        self._speech_s += clip.duration
        request = self._request_for(piece)
        engine = self._engine
        end = piece.offset + piece.clip.duration
        cost_s = engine.capabilities.cost_s(min(clip.duration, _UNIT_S))
        with self._seat.turn(cost_s, self._ask.observer.begun) as turn:
            recognition = engine.transcribe(clip, request, self._ask.stop, turn.next_unit, self._memory)
            if self.language is None and recognition.language.probability:  # else nothing was heard: a later piece may
                self.language = recognition.language
                if self._memory is not None:
                    self._memory.tell_language(self.language)
            with contextlib.closing(as_generator(recognition.segments)) as segments:
                for segment in segments:
                    if isinstance(speech, SpeechMap):
                        segment = restore_times(segment, speech)
                    yield clamp_times(segment.shifted(piece.offset), end)

    def _speech_of(self, clip: AudioClip) -> SpeechMap | AudioClip | None:
        """The clip with its silences cut out, the clip itself when that is not wanted, None when nobody speaks."""
        options = self._options.vad
        if options is None or not clip.duration:
            return clip if clip.duration else None
        if self._engine.capabilities.finds_speech:
            options = options.model_copy(update={"threshold": SOFT_SHARE * options.threshold})
        try:
            with self._limits.listening[self.lane].turn(self._ask.stop):
                spans = speech_spans(clip, options)
        except VadError as error:
            logger.warning("voice activity detection failed, going on without it: %s", error)
            return clip
        return SpeechMap(clip, spans) if spans else None

    def _request_for(self, piece: Piece) -> RecognitionRequest:
        request = self._options.recognition
        if piece.offset == 0 or not self._segments:
            return replace(request, language=self.language.code if self.language else None)
        prompt, tokens = request.prompt, request.prompt_tokens
        context, last = self._limits.context, self._segments[-1]
        if context.condition_on_previous_text and last.temperature <= context.prompt_reset_on_temperature:
            recent = self._segments[-_CONTEXT_SEGMENTS:]
            prompt = "".join(segment.text for segment in recent)[-_CONTEXT_CHARACTERS:].strip() or prompt
            tokens = tuple(token for segment in recent for token in segment.tokens)
        code = self.language.code if self.language else None
        return replace(request, language=code, prompt=prompt, prompt_tokens=tokens)


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
