"""The core of diarization, for whole files and for what is still going on: windows heard one after the other, and at
any time the turns of what has been heard."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import TooLittleSpeechError
from voice_stack.speaker.diarization.grouping import Grouping, speakers_of
from voice_stack.speaker.diarization.placing import Placing, turns_of
from voice_stack.speaker.diarization.segmentation import RATE, Segmenter
from voice_stack.speaker.diarization.tracks import FRAME_S, Frames, Track, Window, joined_samples
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds, lettered, letters, overlap
from voice_stack.speaker.vectors import Embedding

Embed = Callable[[AudioClip], Embedding]
"""Vector of a clip that is speech from its start to its end."""

# Of a voice alone, seconds that it must be heard to be told by them; else by what it says at once with others.
_ALONE_S: Final = 0.5
_LEAST_S: Final = 0.25
_TELLS_LITTLE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class ListeningOptions:
    """Parameters of clustering and re-segmentation."""

    grouping: Grouping = field(default_factory=Grouping)
    placing: Placing = field(default_factory=Placing)


class Listening:
    """A recording under way. Feed it with `hear`; ask `so_far` at any time, and `finish` once.

    Its memory grows by what it notes of each window, about 4 kB: the sound itself is let go. Not thread-safe.

    Args:
        segmenter: finds the voices of a window.
        embed: tells a voice.
        bounds: how many speakers there are.
    """

    def __init__(self, segmenter: Segmenter, embed: Embed, bounds: SpeakerBounds, options: ListeningOptions) -> None:
        self._segmenter = segmenter
        self._embed = embed
        self._bounds = bounds
        self._options = options
        self._held = np.zeros(0, np.float32)
        self._begin = 0
        self._heard = 0
        self._windows: list[Window] = []
        self._tracks: list[Track] = []
        self._last: Diarization | None = None

    @property
    def seconds(self) -> float:
        """Seconds of sound that it was given."""
        return (self._begin + len(self._held)) / RATE

    def hear(self, clip: AudioClip) -> None:
        """Take in what follows.

        Args:
            clip: at 16,000 Hz, of any length; as much of it is worked on as makes whole windows.

        Raises:
            EngineError, EngineUnavailableError, VadError: a network failed.
        """
        if clip.sample_rate != RATE:
            raise ValueError(f"diarization takes {RATE} Hz, not {clip.sample_rate} Hz")
        self._held = np.concatenate([self._held, clip.samples])
        size, hop = round(self._segmenter.window_s * RATE), round(self._segmenter.hop_s * RATE)
        while len(self._held) >= size:
            self._listen(AudioClip(self._held[:size], RATE))
            self._heard = self._begin + size
            self._held = self._held[hop:].copy()
            self._begin += hop

    def so_far(self) -> Diarization:
        """Turns of what whole windows have been heard of; the speakers keep the names that they had the last time."""
        found = self._diarization()
        if self._last is not None:
            found = found.named(_kept_names(self._last, found))
        self._last = found
        return found

    def finish(self) -> Diarization:
        """Turns of the whole; the rest that makes no window is listened to first. Speakers are A, B ... as they appear.

        Raises:
            As `hear`.
        """
        if self._begin + len(self._held) > self._heard and len(self._held) >= round(FRAME_S * RATE):
            self._listen(AudioClip(self._held, RATE))
            self._heard = self._begin + len(self._held)
        return self._diarization()

    def again(self, *, apart: float, pause_s: float) -> Diarization:
        """Turns of what was heard, by other parameters: what measurements choose them by."""
        grouping = replace(self._options.grouping, apart=apart)
        self._options = ListeningOptions(grouping, replace(self._options.placing, pause_s=pause_s))
        return self._diarization()

    def _listen(self, clip: AudioClip) -> None:
        count, voices = self._segmenter.voices(clip)
        start, number = round(self._begin / RATE / FRAME_S), len(self._windows)
        self._windows.append(Window(start, count))
        for place, voice in enumerate(voices):
            vector, seconds = self._vector(clip, voice.alone, voice.active)
            # Stretches of one window may be the same speaker's; the voices that a network tells apart are not.
            window = number if self._segmenter.overlaps else -1 - place
            self._tracks.append(Track(window, start, voice.active, vector, seconds))

    def _vector(self, clip: AudioClip, alone: Frames, active: Frames) -> tuple[Embedding | None, float]:
        is_alone = float(alone.sum()) * FRAME_S >= _ALONE_S
        speech = AudioClip(joined_samples(clip.samples, alone if is_alone else active, RATE), RATE)
        if speech.duration < _LEAST_S:
            return None, 0.0
        try:
            # What is said at once with somebody else tells little.
            return self._embed(speech), speech.duration if is_alone else min(_TELLS_LITTLE_S, speech.duration)
        except TooLittleSpeechError:
            return None, 0.0

    def _diarization(self) -> Diarization:
        voices, whose = speakers_of(self._tracks, self._bounds, self._options.grouping)
        turns = turns_of(self._windows, self._tracks, whose, voices, self._options.placing)
        known = {str(number): voice.astype(np.float32) for number, voice in enumerate(voices)}
        spoken = {turn.speaker for turn in turns}
        kept = {who: voice for who, voice in known.items() if who in spoken}
        return Diarization(tuple(turns), kept, self.seconds).named(lettered(turns))


def _kept_names(before: Diarization, now: Diarization) -> dict[str, str]:
    """Names for the speakers of now: of those of before, the ones whose turns theirs are, most of them first."""
    shared: dict[tuple[str, str], float] = {}
    for turn in now.turns:
        for earlier in before.turns:
            if seconds := overlap(turn.start, turn.end, earlier):
                pair = turn.speaker, earlier.speaker
                shared[pair] = shared.get(pair, 0.0) + seconds
    names: dict[str, str] = {}
    for (who, name), _ in sorted(shared.items(), key=lambda item: -item[1]):
        if who not in names and name not in names.values():
            names[who] = name
    taken = {*names.values(), *before.speakers}
    fresh = (name for name in map(letters, itertools.count()) if name not in taken)
    return names | {who: next(fresh) for who in now.speakers if who not in names}
