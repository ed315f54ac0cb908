"""One speech request under way: units of text in, bytes of the asked format out, piece by piece."""

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.encode import Encoder, encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.loudness import JointSmoother, Leveler, limit
from voice_stack.audio.silence import EdgeTrimmer
from voice_stack.audio.stretch import MAX_SPEED, MIN_SPEED, Stretcher
from voice_stack.serving.answering import Answering
from voice_stack.serving.run import EngineRun, Report, as_generator
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.work import Work
from voice_stack.text.plan import Unit
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.provenance.marking import Marks
from voice_stack.tts.speaking.captions import CaptionFormat, Captions, Timestamps
from voice_stack.tts.speaking.checking.attempts import CheckedSpeech
from voice_stack.tts.speaking.checking.checker import SpeechChecker
from voice_stack.tts.speaking.checking.report import CheckReport
from voice_stack.tts.speaking.checkpoints import SpokenUnits
from voice_stack.tts.speaking.script import Turn
from voice_stack.tts.speaking.teller import Script, Teller
from voice_stack.tts.types import TimedClip, Utterance, WordStart

# A file without any sound breaks players; a text without a word to say (an emoji, a dash) is this much silence.
_NOTHING_S: Final = 0.1
# Of English, about: what a part of an utterance counts for.
_CHARACTERS_A_SECOND: Final = 15.0


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """Options of a speech, as a client asks for it.

    Attributes:
        text: plain, or SSML.
        voice: a name of OpenAI's, of the engine's or of the library.
        model: as the client named it.
        language: ISO 639-1 code, or None to tell it from the text.
        speed: 0.25 to 4; 1 is natural.
        lane: where it queues; None: that is told by the length of the text.
        turns: of a dialogue, in the place of the text and the voice; the text is the whole of it.
        timestamps: things whose times are to be told; None for nothing's.
        caption_format: in which they are.
        instructions: how to speak, in words; followed by engines that can.
    """

    text: str
    voice: str
    model: str
    language: str | None = None
    speed: float = 1.0
    audio_format: AudioFormat = AudioFormat.MP3
    lane: Lane | None = None
    turns: tuple[Turn, ...] = ()
    timestamps: Timestamps | None = None
    caption_format: CaptionFormat = CaptionFormat.JSON
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Facts that are known before the first sound.

    Attributes:
        answering: the engine that speaks, the voice's id and the language.
        sample_rate: Hz of the encoded audio.
        whole: whether all bytes come at once: there is one unit and the engine gives it in one piece, or all of it is
            to be signed.
        marks: kinds of marks that tell that it is synthetic.
        ignored: fields of the request that have no effect with this engine.
    """

    answering: Answering
    sample_rate: int
    whole: bool
    marks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """The engine and the voice that speak.

    Attributes:
        engine: in use.
        script: who says what.
        target_lufs: loudness of the speech, of each voice.
        checker: of what is spoken.
    """

    engine: TTSEngine
    script: Script
    target_lufs: float
    checker: SpeechChecker


@dataclass(frozen=True, slots=True)
class SpeechReport(Report):
    """Costs of a finished speech.

    Attributes:
        voice: its id.
        language: ISO 639-1 code that was spoken.
        characters: of the input.
        first_s: seconds from the start of the work to the first bytes.
        checks: what was checked, and how that ended.
    """

    voice: str
    language: str
    characters: int
    first_s: float
    checks: CheckReport = field(default_factory=CheckReport)


class SpeechRun(EngineRun[bytes, SpeechStart, SpeechReport]):
    """Speech under way. Iterate for its bytes; close it, or use it as a context manager, to give back what it holds.

    Args:
        options: the request.
        units: of the plan, in order.
        start: what is known already.
        speaker: the engine that is held, and how it speaks.
        work: the seat at the engine, which is given back with the run: each unit takes a turn.
        spoken: where the sound of finished units is kept, and comes from where an earlier attempt has finished it.
        on_finished: called with the report when the run has come to its end.
        marks: that it puts into the answer.

    Attributes:
        start: what is known before the first sound.
        captions: of the whole, when the run has come to its end; None where they are not wanted.
    """

    def __init__(
        self,
        options: SpeechOptions,
        units: Sequence[Unit],
        start: SpeechStart,
        speaker: Speaker,
        work: Work,
        spoken: SpokenUnits | None = None,
        on_finished: Callable[[SpeechReport], None] = lambda report: None,
        marks: Marks | None = None,
    ) -> None:
        super().__init__(start, work, on_finished)
        self._options = options
        self._units = units
        self._engine = speaker.engine
        self._script = speaker.script
        self._part = speaker.script.parts[0]
        self._kept = spoken
        self._marks = marks or Marks()
        self._rate = self._engine.capabilities.sample_rate
        # Nobody hears the first unit of a job, or of what is answered in one piece, before the last.
        waited_for = work.ask.attempt is None and not start.whole
        self._checked = CheckedSpeech(speaker.checker, self._engine, self._taken, waited_for=waited_for)
        self._levelers = {part.voice_id: Leveler(self._rate, speaker.target_lufs) for part in speaker.script.parts}
        self._leveler = self._levelers[self._part.voice_id]
        self._teller = Teller(speaker.script, self._rate)
        self.captions: Captions | None = None
        self._begun: list[WordStart] = []  # of the unit under way
        self._smoother = JointSmoother(self._rate)
        self._started = time.monotonic()
        self._samples = 0
        self._first_s = self._synthesis_s = 0.0

    @property
    def report(self) -> SpeechReport:
        """Cost so far; of the whole when the run has come to its end."""
        answering = self.start.answering
        return SpeechReport(
            engine=answering.engine,
            model=answering.model,
            voice=answering.voice,
            language=answering.language,
            characters=len(self._options.text),
            audio_s=self._samples / self._rate,
            engine_s=self._synthesis_s,
            waited_s=self._seat.waited_s,
            first_s=self._first_s,
            checks=self._checked.report,
        )

    def _run(self) -> Generator[bytes]:
        audio_format = self._options.audio_format
        # Closed here, not when it is forgotten: whoever keeps an error of the encoder keeps this frame with it, and the
        # engine's process would never come free.
        with contextlib.closing(self._sound()) as pieces:
            if self.start.whole:
                sound = np.concatenate([np.empty(0, np.float32), *pieces])
                data = encode_whole(AudioClip(sound, self._rate), audio_format, tags=self._marks.tags)
                yield self._counted(data if self._marks.sign is None else self._marks.sign(data))
            else:
                # The encoder may be a child process, and one that has nothing to do yet is not started.
                first = next(pieces)
                with Encoder(audio_format, self._rate, tags=self._marks.tags) as encoder:
                    for samples in itertools.chain((first,), pieces):
                        if data := encoder.write(samples):
                            yield self._counted(data)
                    yield self._counted(encoder.finish())
        seconds = self._samples / self._rate
        self._ask.progress(seconds, seconds)
        self._on_finished(self.report)

    def _counted(self, data: bytes) -> bytes:
        self._first_s = self._first_s or time.monotonic() - self._started
        return data

    def _sound(self) -> Generator[Samples]:
        """Everything that is heard, pauses too: (time,) float32 at the engine's rate, none of it empty."""
        with contextlib.closing(self._teller):
            for samples in self._marked(self._pieces()):
                if len(samples):
                    self._samples += len(samples)
                    yield samples
        if not self._samples:
            silence = np.zeros(round(_NOTHING_S * self._rate), np.float32)
            self._samples = len(silence)
            yield silence

    def _marked(self, pieces: Iterator[Samples]) -> Iterator[Samples]:
        if self._marks.watermarker is None:
            yield from pieces
            return
        watermarker = self._marks.watermarker(self._rate)
        for samples in pieces:
            yield watermarker.write(samples)
        yield watermarker.finish()

    def _pieces(self) -> Iterator[Samples]:
        characters, done = sum(map(_characters, self._units)), 0
        for number, unit in enumerate(self._units):
            self._ask.observer.wait_for_reader()
            if unit.parts:
                self._part = self._script.parts[self._script.owners[number]]
                self._leveler = self._levelers[self._part.voice_id]
                self._teller.unit(number, "".join(part.text for part in unit.parts))
                self._leveler.next_sentence()
                for samples in self._spoken(unit):
                    samples = self._smoother.process(limit(samples))
                    self._teller.sound(samples)
                    yield samples
                self._teller.words(self._begun)
            if unit.pause_after_s:
                # A pause begins with the way down from what was still sounding.
                silence = np.zeros(round(unit.pause_after_s * self._rate), np.float32)
                self._teller.silence(silence)
                yield self._smoother.process(silence)
            done += _characters(unit)
            seconds = self._samples / self._rate
            self._ask.progress(seconds, seconds * characters / done if done else seconds)
        end = self._smoother.finish()
        self._teller.silence(end)
        yield end
        self.captions = self._teller.finish()

    def _spoken(self, unit: Unit) -> Iterator[Samples]:
        """A unit's sound at its tempo and level."""
        speed = min(max(self._options.speed * unit.rate, MIN_SPEED), MAX_SPEED)
        slowest, fastest = self._engine.capabilities.speed
        natural = min(max(speed, slowest), fastest)
        part, manner = self._part, self._options.instructions if self._engine.capabilities.instructions else ""
        utterance = Utterance(unit.parts, part.language, part.voice, natural, manner)
        factor = 0.0 if unit.gain_db == -math.inf else 10 ** (unit.gain_db / 20)
        trimmer = EdgeTrimmer(self._rate)
        self._begun = []
        with Stretcher(speed / natural, self._rate) as stretcher:
            for samples in self._trimmed(utterance, trimmer):
                yield self._leveler.process(stretcher.write(samples)) * np.float32(factor)
            yield self._leveler.process(stretcher.finish()) * np.float32(factor)
        self._begun = [
            WordStart(word.character, round(max(0, word.sample - trimmer.skipped) * natural / speed))
            for word in self._begun
        ]

    def _trimmed(self, utterance: Utterance, trimmer: EdgeTrimmer) -> Iterator[Samples]:
        """Sound of the engine, without the silence at its edges: the plan says how long the pauses are."""
        for samples in self._remembered(utterance):
            yield trimmer.write(samples)
        yield trimmer.finish()

    def _remembered(self, utterance: Utterance) -> Iterator[Samples]:
        """Sound that the engine gives, checked, or gave to an attempt before."""
        if self._kept is None:
            yield from self._heeded(utterance)
            return
        recalled = self._kept.recall()
        if recalled is None:
            # All of it first: half a unit is nothing that could be gone on with.
            clips = list(self._heeded(utterance))
            self._kept.keep(clips, self._begun)
        else:
            clips, self._begun = recalled
        yield from clips

    def _heeded(self, utterance: Utterance) -> Iterator[Samples]:
        """Sound that the engine gives, checked; where its words begin is noted."""
        for clip in self._checked.speak(utterance):
            if isinstance(clip, TimedClip):
                self._begun += clip.words
            yield clip.samples

    def _taken(self, utterance: Utterance) -> Iterator[AudioClip]:
        """The engine's clips, in one turn, which gives way between two of them to those who are in more of a hurry.

        Not with an engine that holds something while it speaks: who waits for that would hold the turn, for ever.
        """
        interruptible = self._engine.capabilities.interruptible
        stop = self._ask.stop
        left = float(len(utterance.text))
        with self._seat.turn(left, self._ask.observer.begun) as turn:
            with contextlib.closing(as_generator(self._engine.synthesize(utterance, stop))) as clips:
                while True:
                    self._check_stop()
                    entered = time.monotonic()
                    clip = next(clips, None)
                    self._synthesis_s += time.monotonic() - entered
                    if clip is None:
                        return
                    yield clip
                    if interruptible:
                        done = min(left, clip.duration * _CHARACTERS_A_SECOND)
                        turn.give_way(done, left - done)
                        left -= done


def _characters(unit: Unit) -> int:
    return sum(len(part.text) for part in unit.parts)
