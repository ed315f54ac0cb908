"""Recordings heard piece by piece: by stubs of the networks, for what is the core's own."""

import tracemalloc
from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import TooLittleSpeechError
from voice_stack.speaker.diarization.listening import Listening, ListeningOptions
from voice_stack.speaker.diarization.segmentation import RATE, Segmenter
from voice_stack.speaker.diarization.tracks import FRAME_S, Voice
from voice_stack.speaker.diarization.turns import SpeakerBounds
from voice_stack.speaker.vectors import Embedding, unit


class Levels(Segmenter):
    """Speakers by the level of their samples: one at 0.1, one at 0.2, both at 0.3. It is no network, and hears no
    more than that."""

    window_s = 10.0
    overlaps = True

    def __init__(self) -> None:
        self.hop_s = 5.0

    def voices(self, clip: AudioClip) -> tuple[NDArray[np.uint8], list[Voice]]:
        frames = round(clip.duration / FRAME_S)
        level = np.rint(10 * clip.samples[: frames * 320 : 320]).astype(int)
        active = np.stack([np.isin(level, (1, 3)), np.isin(level, (2, 3))])
        alone = active & (level != 3)
        return active.sum(axis=0).astype(np.uint8), [Voice(a, b) for a, b in zip(active, alone, strict=True) if a.any()]


def embed(clip: AudioClip) -> Embedding:
    level = float(np.median(clip.samples))
    if level < 0.05:
        raise TooLittleSpeechError("nothing")
    return unit(np.array([1.0, 0.0, 0.1]) if level < 0.15 else np.array([0.0, 1.0, 0.1]))


def sound(parts: Iterable[tuple[float, float]]) -> AudioClip:
    """Seconds and levels, one after the other."""
    return AudioClip(np.concatenate([np.full(round(s * RATE), level, np.float32) for s, level in parts]), RATE)


def listening(bounds: SpeakerBounds | None = None) -> Listening:
    return Listening(Levels(), embed, bounds or SpeakerBounds(), ListeningOptions())


TALK = [(3.0, 0.2), (1.0, 0.0), (6.0, 0.1), (2.0, 0.3), (7.0, 0.2), (2.0, 0.0), (4.0, 0.1)]


@pytest.mark.parametrize("piece_s", [0.37, 10.0, 60.0])
def test_turns_are_the_same_however_the_sound_comes(piece_s: float) -> None:
    heard, whole = listening(), sound(TALK)
    for start in np.arange(0, whole.duration, piece_s):
        heard.hear(whole.slice(start, start + piece_s))
    found = heard.finish()
    assert [turn.speaker for turn in found.turns] == ["A", "B", "A", "B"]
    bounds = [second for turn in found.turns for second in (turn.start, turn.end)]
    assert bounds == pytest.approx([0.0, 3.0, 4.0, 12.0, 10.0, 19.0, 21.0, 25.0], abs=0.05)
    assert found.duration == pytest.approx(25.0, abs=0.01)
    assert set(found.voices) == {"A", "B"} == set(found.speakers)


def test_speakers_keep_their_names_while_more_is_heard() -> None:
    heard, names = listening(), []
    for start in range(0, 25, 5):
        heard.hear(sound(TALK).slice(start, start + 5))
        names.append({turn.speaker for turn in heard.so_far().turns if turn.start < 2.5})
    assert names[1:] == [{"A"}] * (len(names) - 1)


def test_silence_has_no_turns() -> None:
    heard = listening(SpeakerBounds(2, 2))
    heard.hear(sound([(12.0, 0.0)]))
    assert heard.finish().turns == ()
    assert listening().finish().turns == ()


def test_another_rate_is_an_error_of_the_program() -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        listening().hear(AudioClip(np.zeros(8000, np.float32), 8000))


@pytest.mark.parametrize("minutes", [5, pytest.param(120, marks=pytest.mark.long)])
def test_hours_take_bounded_memory(minutes: int) -> None:
    heard, minute = listening(), sound([(20.0, 0.1), (20.0, 0.2), (5.0, 0.3), (15.0, 0.0)])
    for _ in range(minutes - 1):
        heard.hear(minute)
    tracemalloc.start()
    try:
        heard.hear(minute)
        found = heard.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    noted = sum(track.active.nbytes + (0 if track.vector is None else track.vector.nbytes) for track in heard._tracks)
    assert found.duration == pytest.approx(60 * minutes)
    assert noted < 8 * 2**20
    assert len(found.speakers) == 2
    # The sound alone would be 460 MB in two hours.
    assert peak < 100 * 2**20
