"""Long audio in pieces: nothing lost, nothing doubled, cuts where asked."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from voice_stack.asr.recognition.pieces import Piece, piece_lengths, read_pieces
from voice_stack.audio.clip import AudioClip

RATE = 100


@dataclass
class Ramp:
    """A stream whose samples count up, so that every one can be told apart."""

    total: int
    sample_rate: int = RATE
    position: int = 0

    def read(self, seconds: float) -> AudioClip:
        count = min(round(seconds * RATE), self.total - self.position)
        samples = np.arange(self.position, self.position + count, dtype=np.float32)
        self.position += count
        return AudioClip(samples, RATE)


def pieces_of(total: int, length: float, cut_back: float = 0.0) -> list[Piece]:
    stream = Ramp(total)
    return list(
        read_pieces(stream, itertools.repeat(length), lambda clip, earliest: clip.duration - cut_back)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("total", [0, 1, 999, 1000, 1001, 1500, 2000, 3333])
@pytest.mark.parametrize("cut_back", [0.0, 1.37, 4.99])
def test_pieces_concatenate_to_the_audio(total: int, cut_back: float) -> None:
    pieces = pieces_of(total, 10.0, cut_back)
    joined = np.concatenate([p.clip.samples for p in pieces])
    assert np.array_equal(joined, np.arange(total, dtype=np.float32))


def test_offsets_are_exact() -> None:
    for piece in pieces_of(3333, 10.0, 1.37):
        if piece.clip.samples.size:
            assert piece.offset == piece.clip.samples[0] / RATE


def test_only_the_last_piece_says_so() -> None:
    assert [p.last for p in pieces_of(2500, 10.0)] == [False, False, True]


def test_audio_shorter_than_a_piece_is_never_cut() -> None:
    def refuse(clip: AudioClip, earliest: float) -> float:
        raise AssertionError("cut")

    stream = Ramp(999)
    pieces = list(read_pieces(stream, itertools.repeat(10.0), refuse))  # type: ignore[arg-type]
    assert [len(p.clip.samples) for p in pieces] == [999]


def test_a_cut_at_zero_still_moves_on() -> None:
    stream = Ramp(2000)
    pieces = list(itertools.islice(read_pieces(stream, itertools.repeat(10.0), lambda c, e: 0.0), 3))  # type: ignore[arg-type]
    assert [len(p.clip.samples) for p in pieces] == [1, 1, 1]


def test_streams_begin_with_short_pieces() -> None:
    lengths = piece_lengths(300, streaming=True, incremental=True)
    assert list(itertools.islice(lengths, 5)) == [30, 60, 120, 300, 300]


def test_streams_of_an_engine_that_answers_all_at_once_stay_short() -> None:
    lengths = piece_lengths(300, streaming=True, incremental=False)
    assert list(itertools.islice(lengths, 3)) == [30, 30, 30]


def test_without_streaming_pieces_are_long() -> None:
    assert next(piece_lengths(300, streaming=False, incremental=False)) == 300
