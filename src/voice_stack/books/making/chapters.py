"""Pieces to a chapter: at the book's loudness, with the pauses between."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.encode import Encoder
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.loudness import LoudnessMeter, limit
from voice_stack.books.making.folder import WorkFolder
from voice_stack.books.making.plan import SAMPLE_RATE, Piece, PlannedChapter
from voice_stack.core.durable import open_private, write_whole

# The service has levelled each piece already. More than this would be no unevenness, but a voice that whispers.
_MOST_GAIN_DB: Final = 9.0


def write_chapter(work: WorkFolder, chapter: PlannedChapter, target_lufs: float) -> None:
    """Put a chapter together, of pieces that are all there, and keep it. One piece at a time is in memory.

    Raises:
        AudioProcessingError, ProcessLostError, ServiceUnavailableError: FFmpeg failed, or there is none.
        OSError: the disk is full.
    """
    gain = _gain(work, chapter.pieces, target_lufs)
    part = work.part(f"{chapter.key}.flac")
    samples = 0
    with open_private(part, "wb") as file:
        with Encoder(AudioFormat.FLAC, SAMPLE_RATE) as encoder:
            for sound in _sounds(work, chapter.pieces):
                samples += len(sound)
                write_whole(file, encoder.write(limit(sound * np.float32(gain))))
            write_whole(file, encoder.finish())
        os.fsync(file.fileno())
    work.keep_chapter(chapter.key, part, samples)


def _gain(work: WorkFolder, pieces: Sequence[Piece], target_lufs: float) -> float:
    """Factor that brings a chapter to its loudness; 1 for silence."""
    meter = LoudnessMeter(SAMPLE_RATE)
    for piece in pieces:
        meter.add(_read(work.piece(piece.key)))
    if not np.isfinite(meter.lufs):
        return 1.0
    decibels = float(np.clip(target_lufs - meter.lufs, -_MOST_GAIN_DB, _MOST_GAIN_DB))
    return float(10 ** (decibels / 20))


def _sounds(work: WorkFolder, pieces: Sequence[Piece]) -> Iterator[Samples]:
    for piece in pieces:
        yield _read(work.piece(piece.key))
        yield np.zeros(round(piece.pause_s * SAMPLE_RATE), np.float32)


def _read(path: Path) -> Samples:
    return from_s16le(path.read_bytes())
