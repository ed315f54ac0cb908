"""One turn of somebody who talks, heard while it lasts: what to decode next, and what is new in it.

A window of audio grows with the speech and is decoded over and over; the words that two decodings agree on are sent.
When the window is long it is cut in a pause behind what was said, its head is decoded once more and is done, so that
an hour costs what a minute does. When the speaker falls silent, the window is decoded as if the turn were over: when it
is, its text is there already.

An engine that hears streams is given each sound once, chunk by chunk, and carries its state on. There a stretch of
speech, which ends in silence or, where it is long, in a pause, is heard by one stream.

A turn that falls behind has fewer decodings, each of more audio; its delay does not grow.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from voice_stack.asr.engines.base import ASRCapabilities
from voice_stack.asr.recognition.live_stretch import next_chunk
from voice_stack.asr.recognition.live_turns import VOICED, frames_in, pause_in, samples_of
from voice_stack.asr.recognition.live_words import Agreement, LiveWord, live_words
from voice_stack.asr.types import Segment
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.speech_stream import FRAME_S
from voice_stack.audio.vad import SAMPLE_RATE

# Sound that is decoded with the speech, before and behind it: frames.
_LEAD, _TAIL = frames_in(0.3), frames_in(0.1)
# Silence that is kept before speech that may come, and what is more than that is dropped: frames.
_KEPT, _DROPPED = frames_in(0.5), frames_in(2.0)
# Silence in which a turn may be over: frames.
_QUIET = frames_in(0.13)
# A pause that a window may be cut in, and the sound that is left behind the cut while somebody talks: frames.
_PAUSE, _MARGIN = frames_in(0.16), frames_in(1.0)
# A draft waits for so much more sound than the last unit took; and seconds of that from which nothing is decoded that
# may turn out to be no end.
_DRAFT_SHARE, _BEHIND_S = 2.0, 1.0
# The shortest head, in seconds.
_LEAST_HEAD_S = 3.0
# Seconds of a stretch that a stream hears from which it is cut in a pause, and at which it is cut anywhere: about what
# such networks are trained on.
_SOFT_STRETCH_S, _HARD_STRETCH_S = 15.0, 30.0
# Text of the windows before that is given to the engine.
_CONTEXT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Cadence:
    """Times between two decodings of a turn that lasts, and lengths of its window.

    Attributes:
        interim_s: new audio, in seconds, that makes another decoding worth while.
        soft_s: seconds of a window from which it is cut in a pause.
        hard_s: seconds at which it is cut wherever it is quietest.
        is_streamed: whether the engine hears each sound once, chunk by chunk; the window is then a stretch of speech.
    """

    interim_s: float = 0.3
    soft_s: float = 6.0
    hard_s: float = 12.0
    is_streamed: bool = False

    @classmethod
    def of(cls, capabilities: ASRCapabilities, interim_s: float) -> "Cadence":
        """The cadence for an engine: one that pads each stretch to the same length is given longer ones."""
        if capabilities.streaming:
            return cls(interim_s, _SOFT_STRETCH_S, _HARD_STRETCH_S, is_streamed=True)
        padded = capabilities.window_s
        return cls(interim_s, 0.4 * padded, 0.8 * padded) if padded else cls(interim_s)


class Wanted(Enum):
    """Purpose of a decoding."""

    DRAFT = "words that two decodings agree on"
    PAUSE = "the whole, if the turn ends here"
    HEAD = "the head of a window that is cut behind it"
    WHOLE = "the end of the turn"
    CHUNK = "what a stream has not heard"
    STRETCH = "the end of what a stream hears"


@dataclass(frozen=True, slots=True)
class LiveUnit:
    """A stretch of audio to decode next: plain data.

    Attributes:
        clip: at 16,000 Hz.
        context: text right before it.
        end: the frame of the turn that it ends before.
        voiced: the last frame of the turn in which somebody speaks.
    """

    wanted: Wanted
    clip: AudioClip
    context: str
    end: int
    voiced: int


@dataclass(slots=True)
class LiveState:
    """Knowledge of a turn: plain data, bounded whatever its length.

    Attributes:
        audio: (frames * FRAME,) float32 of the window.
        speech: probability of speech of each of its frames.
        first: frames of the turn before the window.
        words: what was sent of it.
        before: text of the windows before.
        sent: text that was sent of the whole turn.
        ended: nothing more comes.
        began: the frame of the turn that the stretch begins at which a stream hears; -1: none does.
        done: all was heard.
        deaf: nothing is kept of what comes.
    """

    audio: list[Samples] = field(default_factory=list)
    speech: list[float] = field(default_factory=list)
    first: int = 0
    words: Agreement = field(default_factory=Agreement)
    before: str = ""
    sent: str = ""
    began: int = -1
    ended: bool = False
    done: bool = False
    deaf: bool = False
    # Frames of the turn: those that were decoded, the last voiced one of them, and the one that was decoded as the end.
    drafted: int = 0
    heard: int = -1
    paused: int = -1


class LiveTurn:
    """One turn. Thread-safe: one thread feeds it while another decodes what `plan` asks for and hands it to `absorb`.

    Args:
        cadence: how often it is decoded.
    """

    def __init__(self, cadence: Cadence | None = None) -> None:
        self.state = LiveState()
        self.cadence = cadence or Cadence()
        self._lock = threading.Lock()
        self._lag_s = 0.0

    @property
    def window_s(self) -> float:
        """Seconds of audio that are held."""
        return len(self.state.speech) * FRAME_S

    @property
    def heard_s(self) -> float:
        """Seconds of audio that it was fed, silence before it not counted."""
        return (self.state.first + len(self.state.speech)) * FRAME_S

    @property
    def text(self) -> str:
        """All that was said so far, as well as is known: sent, and heard in a pause."""
        state = self.state
        with self._lock:
            if state.began >= 0:
                return state.sent + "".join(word.text for word in state.words.unsent)
            heard = "".join(word.text for word in state.words.heard)
            return heard if state.paused >= 0 and heard else state.sent

    def feed(self, samples: Samples, speech: NDArray[np.float32]) -> None:
        """More of its audio.

        Args:
            samples: (n * FRAME,) float32 at 16,000 Hz.
            speech: (n,) probability of speech of each frame.
        """
        with self._lock:
            if self.state.deaf:
                self.state.first += len(speech)
                return
            self.state.audio.append(samples)
            self.state.speech += speech.tolist()
            self._drop_silence()

    def end(self) -> None:
        """Nothing more comes."""
        with self._lock:
            self.state.ended = True

    def took(self, seconds: float) -> None:
        """The last unit was asked for so many seconds ago: the longer, the fewer drafts there are."""
        self._lag_s = seconds

    def deafen(self) -> None:
        """Nobody wants to know what is said any more: nothing is kept."""
        with self._lock:
            self.state.deaf = True
            self._drop(len(self.state.speech))

    def plan(self) -> LiveUnit | None:
        """The stretch to decode next; None when there is nothing to: more audio is to come, or the turn is done."""
        state = self.state
        with self._lock:
            if self.cadence.is_streamed:
                return self._chunk()
            voiced = [place for place, probability in enumerate(state.speech) if probability >= VOICED]
            if state.done or not voiced:
                state.done = state.ended
                return None
            first, last, count = voiced[0], voiced[-1], len(state.speech)
            cut = self._cut(first, last, count)
            begin = max(0, first - _LEAD)
            if cut is not None:
                return self._unit(Wanted.HEAD, begin, cut, last)
            end, heard = min(count, last + 1 + _TAIL), state.first + last
            if state.ended:
                state.done = state.paused == heard
                return None if state.done else self._unit(Wanted.WHOLE, begin, end, last)
            if count - last > _QUIET and state.paused != heard and self._lag_s < _BEHIND_S:
                return self._unit(Wanted.PAUSE, begin, end, last)
            interim_s = max(self.cadence.interim_s, _DRAFT_SHARE * self._lag_s)
            since = max(state.drafted, state.first + first)
            if heard > state.heard and (state.first + count - since) * FRAME_S >= interim_s:
                return self._unit(Wanted.DRAFT, begin, count, last)
            return None

    def absorb(self, unit: LiveUnit, segments: Iterable[Segment]) -> list[LiveWord]:
        """The words of a decoding that are new, and stay."""
        heard = live_words(segments)
        state = self.state
        with self._lock:
            match unit.wanted:
                case Wanted.HEAD:
                    new = state.words.cut(heard)
                    state.paused = -1
                    state.before = (state.before + "".join(word.text for word in heard))[-_CONTEXT_CHARACTERS:]
                    self._drop(unit.end - state.first)
                case Wanted.WHOLE:
                    new = state.words.finish(heard)
                    state.done = True
                case Wanted.CHUNK:
                    new = state.words.grow(heard)
                    state.heard = unit.voiced
                    self._drop(unit.end - state.first)
                case Wanted.STRETCH:
                    new = state.words.finish(heard)
                    state.words, state.began = Agreement(), -1
                    self._drop(unit.end - state.first)
                case _:
                    new = state.words.agree(heard)
                    state.heard, state.drafted = unit.voiced, unit.end
                    state.paused = unit.voiced if unit.wanted is Wanted.PAUSE else -1
            state.sent += "".join(word.text for word in new)
            return new

    def finish(self) -> list[LiveWord]:
        """The words that are left to send of a turn that is done."""
        with self._lock:
            new = self.state.words.finish(self.state.words.heard) if self.state.paused >= 0 else []
            self.state.sent += "".join(word.text for word in new)
            return new

    def _chunk(self) -> LiveUnit | None:
        """The sound that a stream is to hear next."""
        state, cadence = self.state, self.cadence
        if state.began < 0:
            first = next((place for place, one in enumerate(state.speech) if one >= VOICED), None)
            if first is None:
                state.done = state.ended
                return None
            self._drop(max(0, first - _LEAD))
            state.began, state.heard = state.first, state.first + first
        chunk = next_chunk(
            state.speech,
            state.first - state.began,
            max(0, state.first - 1 - state.heard),
            ended=state.ended,
            least=frames_in(max(cadence.interim_s, _DRAFT_SHARE * self._lag_s)),
            soft=frames_in(cadence.soft_s),
            hard=frames_in(cadence.hard_s),
        )
        if chunk is None:
            return None
        voiced = [place for place, one in enumerate(state.speech[: chunk.end]) if one >= VOICED]
        last = voiced[-1] if voiced else state.heard - state.first
        return self._unit(Wanted.STRETCH if chunk.is_last else Wanted.CHUNK, 0, chunk.end, last)

    def _cut(self, first: int, last: int, count: int) -> int | None:
        """The frame of the window to cut it before, where it is long enough, or nobody has spoken for long."""
        state, cadence = self.state, self.cadence
        if not state.ended and count - last > _DROPPED:
            return last + _KEPT
        length_s = (last - first) * FRAME_S
        earliest = first + frames_in(_LEAST_HEAD_S)
        latest = min(count - (0 if state.ended else _MARGIN), first + frames_in(cadence.hard_s))
        if length_s < (cadence.hard_s if state.ended else cadence.soft_s) or latest <= earliest:
            return None
        pause = pause_in(state.speech, earliest, latest, _PAUSE)
        if pause is not None or length_s < cadence.hard_s:
            return pause
        return earliest + _quietest(state.speech[earliest:latest])

    def _unit(self, wanted: Wanted, begin: int, end: int, voiced: int) -> LiveUnit:
        state = self.state
        state.audio = [np.concatenate([*state.audio, np.empty(0, np.float32)])]
        samples = state.audio[0][samples_of(begin) : samples_of(end)]
        return LiveUnit(wanted, AudioClip(samples, SAMPLE_RATE), state.before, state.first + end, state.first + voiced)

    def _drop_silence(self) -> None:
        """Silence before the window's speech is not kept: somebody may be silent for an hour."""
        state = self.state
        if state.began >= 0:  # a stream hears it, and what is heard of it is not sent yet
            return
        silent = next((place for place, one in enumerate(state.speech) if one >= VOICED), len(state.speech))
        if silent > _DROPPED:
            if silent == len(state.speech):
                state.words = Agreement()
            self._drop(silent - _KEPT)

    def _drop(self, frames: int) -> None:
        """Forget the first frames of the window."""
        state = self.state
        state.audio = [np.concatenate([*state.audio, np.empty(0, np.float32)])[samples_of(frames) :].copy()]
        del state.speech[:frames]
        state.first += frames


def _quietest(speech: Sequence[float]) -> int:
    """The frame in the middle of the three that are least likely speech."""
    smooth = np.convolve(np.asarray(speech), np.ones(3) / 3, mode="same")
    return int(np.argmin(smooth[1:-1])) + 1 if len(smooth) > 2 else 0
