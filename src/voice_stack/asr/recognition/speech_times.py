"""Stretches of speech in a recording, however long it is."""

import itertools
import threading
from typing import Final

from voice_stack.asr.recognition.pieces import read_pieces
from voice_stack.audio.source import AudioSource
from voice_stack.audio.vad import VadOptions, cut_point, speech_spans
from voice_stack.core.gate import FairGate

_PIECE_S: Final = 120.0


def speech_times(
    stream: AudioSource, options: VadOptions, gate: FairGate, stop: threading.Event
) -> list[tuple[float, float]]:
    """Start and end of every stretch of speech, in seconds.

    Args:
        gate: in front of the detection, whose memory many requests at once would multiply.

    Raises:
        VadError: the detection failed.
        CancelledWorkError: `stop` was set.
    """
    found: list[tuple[float, float]] = []
    for piece in read_pieces(stream, itertools.repeat(_PIECE_S), cut_point, stop=stop):
        with gate.turn(stop):
            spans = speech_spans(piece.clip, options) if piece.clip.duration else []
        rate = piece.clip.sample_rate
        for span in spans:
            start, end = piece.offset + span.start / rate, piece.offset + span.end / rate
            # Padding reaches over the place where two pieces were cut.
            if found and start <= found[-1][1] and piece.offset:
                found[-1] = found[-1][0], max(end, found[-1][1])
            else:
                found.append((start, end))
    return found
