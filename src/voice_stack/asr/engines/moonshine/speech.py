"""Speech in a window: where there is some, what is said in it, and the segments of that."""

import logging
import math
import threading
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from voice_stack.asr.engines.moonshine.loops import bare, without_echoes
from voice_stack.asr.engines.moonshine.network import Network
from voice_stack.asr.engines.moonshine.timing import Stretch, found_in, halves, shares
from voice_stack.asr.engines.moonshine.vocabulary import Vocabulary
from voice_stack.asr.engines.pocketsphinx.aligner import WordAligner
from voice_stack.asr.types import Segment, Word
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import VadError
from voice_stack.serving.attempt import Record
from voice_stack.text.cutting.lines import lines

logger = logging.getLogger("voice_stack.asr")

# Mean log-probabilities of the tokens below which a stretch was no speech that the model knows, for speech up to so
# many seconds. Measured on single digits, noise and music: into a fifth of a second of a note it says "Thank you".
_DOUBTFUL: Final = ((0.3, -0.5), (0.4, -0.7), (1.0, -1.0), (math.inf, -1.5))
# The same for a voice that the detection is not sure of, and the shortest that is believed, seconds.
_SOFT_DOUBTFUL: Final = -0.4
_SHORTEST_SOFT_S: Final = 0.5
# What it says into sounds that are none of a voice, surely at times; nobody says it in so many seconds.
_INVENTED: Final = frozenset({"you", "thank you", "thank you for watching", "mm"})
_INVENTED_S: Final = 0.4
# Silence that is put before and behind a stretch, seconds: the model mishears the first and the last word where a
# sound begins or ends in them. Measured: benchmarks/README.md.
SILENCE_S: Final = 0.3
# Speech in a stretch that is recognised at all, seconds: the shortest of words.
_SHORTEST_SPEECH_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of a stretch.

    Attributes:
        words: each with its probability, 0..1.
        language: ISO 639-1 code.
    """

    language: str
    stretch: Stretch
    words: list[tuple[str, float]]

    def segments(
        self, clip: AudioClip, aligner: WordAligner | None, stop: threading.Event, *, keep_words: bool
    ) -> Iterator[Record]:
        """Lines of the text as the fields of `Segment`, with times from the start of the window on.

        Args:
            clip: the window that the stretch lies in.
            aligner: times the words; None where nothing can.
            keep_words: whether the segments carry them.
        """
        texts = [text for text, _ in self.words]
        bounds = _bounds(lines(texts, self.language))
        # The detection times a single line well enough.
        needs_words = keep_words or len(bounds) > 1
        words = self._timed(clip, aligner if needs_words else None, stop) if needs_words else []
        times = (
            [(words[first].start, words[last - 1].end) for first, last in bounds] if words else [_whole(self.stretch)]
        )
        for (first, last), (start, end) in zip(bounds, times, strict=True):
            text = "".join(f" {word}" for word in texts[first:last])
            data = text.encode()
            logs = [math.log(max(probability, 1e-10)) for _, probability in self.words[first:last]]
            yield asdict(
                Segment(
                    start=start,
                    end=end,
                    text=text,
                    words=tuple(words[first:last]) if keep_words else (),
                    avg_logprob=min(0.0, sum(logs) / len(logs)),
                    compression_ratio=len(data) / len(zlib.compress(data)),
                )
            )

    def _timed(self, clip: AudioClip, aligner: WordAligner | None, stop: threading.Event) -> list[Word]:
        """The words with their times: as they are aligned; where that fails, by their share of the speech."""
        texts = [text for text, _ in self.words]
        begin = self.stretch.start
        aligned = aligner.align(clip.slice(begin, self.stretch.end), texts, stop) if aligner is not None else None
        if aligned is None:
            times = shares([len(text) for text in texts], self.stretch)
        else:
            times = [(begin + start, begin + end) for start, end in aligned]
        return [
            Word(f" {text}", start, end, min(1.0, probability))
            for (text, probability), (start, end) in zip(self.words, times, strict=True)
        ]


class Hearing:
    """Recognises the speech in windows. Thread-safe."""

    def __init__(self, network: Network, vocabulary: Vocabulary, language: str) -> None:
        self._language = language
        self._network = network
        self._vocabulary = vocabulary

    def listen(self, clip: AudioClip, stop: threading.Event) -> Iterator[Heard]:
        """Words of a window, stretch by stretch.

        Args:
            clip: below 30 s.
        """
        for stretch in self._speech(clip):
            yield from self._hear(clip, stretch, stop)

    def _speech(self, clip: AudioClip) -> list[Stretch]:
        try:
            found = found_in(clip)
        except VadError as error:
            logger.warning("voice activity detection failed, going on without it: %s", error)
            return [Stretch(0.0, clip.duration, ((0.0, clip.duration),))]
        return [
            stretch
            for stretch in found
            if stretch.speech_s >= (_SHORTEST_SOFT_S if stretch.is_soft else _SHORTEST_SPEECH_S)
        ]

    def _hear(self, clip: AudioClip, stretch: Stretch, stop: threading.Event) -> Iterator[Heard]:
        decoded = self._network.decode(in_silence(clip.slice(stretch.start, stretch.end)), stop)
        parts = halves(stretch) if decoded.loops else None
        if parts is not None:  # with less before it, it mostly finds its way
            for part in parts:
                yield from self._hear(clip, part, stop)
            return
        if decoded.mean_logprob < _least_logprob(stretch):
            return
        words = [
            (text, math.exp(sum(decoded.logprobs[owner] for owner in owners) / len(owners)))
            for text, owners in self._vocabulary.words(decoded.tokens)
        ]
        said = " ".join(filter(None, (bare(text) for text, _ in words)))
        if said and not (stretch.speech_s <= _INVENTED_S and said in _INVENTED):  # nothing said: a note, of music
            yield Heard(self._language, stretch, without_echoes(words, stretch.speech_s))


def in_silence(clip: AudioClip) -> Samples:
    """A clip with silence around it: (time,) float32 at its own rate."""
    return np.pad(clip.samples, round(SILENCE_S * clip.sample_rate))


def _least_logprob(stretch: Stretch) -> float:
    sure = next(least for longest, least in _DOUBTFUL if stretch.speech_s <= longest)
    return max(sure, _SOFT_DOUBTFUL) if stretch.is_soft else sure


def _whole(stretch: Stretch) -> tuple[float, float]:
    return stretch.spans[0][0], stretch.spans[-1][1]


def _bounds(counts: list[int]) -> list[tuple[int, int]]:
    """First and last (excluded) of each of so many."""
    ends = [sum(counts[: index + 1]) for index in range(len(counts))]
    return list(zip([0, *ends], ends, strict=False))
