"""Long audio in pieces that end in silences, so that memory stays bounded and no word is cut."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.source import AudioSource
from voice_stack.core.errors import CancelledWorkError

# A piece may end this much before its full length: the silence is looked for in this stretch.
_SEARCH_S = 30.0
# What is skipped at once: `stop` is looked at in between.
_SKIP_S = 10.0
# Lengths of the first pieces when the client streams: the first words leave early, and later pieces have more context.
_STREAMING_LENGTHS_S = (30.0, 60.0, 120.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the audio.

    Attributes:
        offset: seconds from the start of the audio to the start of the clip.
        last: whether nothing follows.
    """

    offset: float
    clip: AudioClip
    last: bool


def piece_lengths(longest_s: float, *, streaming: bool, incremental: bool) -> Iterator[float]:
    """Lengths of the pieces, in seconds, without end.

    Args:
        longest_s: the bound for every piece.
        streaming: the client reads the transcript as it is made.
        incremental: the engine hands out segments before its clip is done; if it does not, a stream gets its
            deltas from short pieces.
    """
    if not streaming:
        return itertools.repeat(longest_s)
    if not incremental:
        return itertools.repeat(min(_STREAMING_LENGTHS_S[0], longest_s))
    first = (length for length in _STREAMING_LENGTHS_S if length < longest_s)
    return itertools.chain(first, itertools.repeat(longest_s))


def read_pieces(
    stream: AudioSource,
    lengths: Iterable[float],
    cut_point: Callable[[AudioClip, float], float],
    *,
    begin: int = 0,
    stop: threading.Event | None = None,
) -> Iterator[Piece]:
    """Read a stream to its end, piece by piece.

    Args:
        lengths: seconds for each piece in turn.
        cut_point: where to cut a clip (seconds), not before the given second.
        begin: samples before the first piece. They are decoded all the same: no seeking in compressed audio is exact
            to the sample. When nothing is left after them there is no piece.
        stop: set it to end the skipping.

    Raises:
        CancelledWorkError: `stop` was set.
    """
    rate = stream.sample_rate
    held = np.zeros(0, dtype=np.float32)
    consumed = 0
    while consumed < begin:
        if stop is not None and stop.is_set():
            raise CancelledWorkError("The client is gone.")
        skipped = len(stream.read(min(_SKIP_S, (begin - consumed) / rate)).samples)
        if not skipped:
            break
        consumed += skipped
    for length in lengths:
        wanted = round(length * rate) - len(held)
        fresh = stream.read(wanted / rate).samples if wanted > 0 else np.zeros(0, dtype=np.float32)
        clip = AudioClip(np.concatenate((held, fresh)) if len(held) else fresh, rate)
        if len(fresh) < wanted:
            if len(clip.samples) or not begin:
                yield Piece(consumed / rate, clip, last=True)
            return
        cut = round(cut_point(clip, max(length / 2, length - _SEARCH_S)) * rate)
        cut = min(max(cut, 1), len(clip.samples))
        held = clip.samples[cut:].copy()  # a view would keep the whole piece in memory
        yield Piece(consumed / rate, AudioClip(clip.samples[:cut], rate), last=False)
        consumed += cut
