"""Two voices are two groups, and one is one, whatever coughs in between."""

import numpy as np
import pytest

from tests.speaker.conftest import encoder_with
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SpeechSpan
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.speaker.company import company
from voice_stack.speaker.encoder import SpeakerEncoder

RATE = 16_000


def buzz(hertz: float, seconds: float, seed: int) -> np.ndarray:
    """A voice for the tiny network, which hears how much each band moves: a tone that comes and goes."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound: np.ndarray = (
        np.sin(2 * np.pi * hertz * time) * (1 + np.sin(2 * np.pi * 4 * time)) + rng.normal(size=len(time)) * 0.05
    ) * 0.2
    return sound.astype(np.float32)


def spans_of(*seconds: float) -> list[SpeechSpan]:
    """Stretches one after the other, a pause of half a second between."""
    spans, at = [], 0.0
    for length in seconds:
        spans.append(SpeechSpan(round(at * RATE), round((at + length) * RATE)))
        at += length + 0.5
    return spans


def clip_of(*voices: tuple[float, float]) -> AudioClip:
    pause = np.zeros(RATE // 2, np.float32)
    parts = [part for number, (hertz, length) in enumerate(voices) for part in (buzz(hertz, length, number), pause)]
    return AudioClip(np.concatenate(parts), RATE)


def test_two_voices_are_told_apart_with_their_places(encoder: SpeakerEncoder) -> None:
    clip = clip_of((300, 3.0), (2500, 2.6), (300, 3.0))
    found = company(clip, spans_of(3.0, 2.6, 3.0), encoder)
    alone = company(clip_of((300, 3.0), (300, 3.0)), spans_of(3.0, 3.0), encoder)
    assert found.similarity < alone.similarity - 0.2
    minor = [stretch for stretch, mine in zip(found.stretches, found.in_minor, strict=True) if mine]
    assert minor
    assert all(3.4 < stretch.start < stretch.end < 6.2 for stretch in minor)
    assert found.minor_s == pytest.approx(1.6, abs=0.1)


def test_too_little_speech_is_one_voice(encoder: SpeakerEncoder) -> None:
    clip = clip_of((300, 0.5), (2500, 0.5))
    assert company(clip, spans_of(0.5, 0.5), encoder).similarity == 1
    assert company(clip, [], encoder).stretches == ()


def test_a_long_recording_costs_no_more_than_a_minute_of_it(encoder: SpeakerEncoder) -> None:
    clip = AudioClip(np.tile(buzz(300, 10.0, 1), 12), RATE)
    assert len(company(clip, [SpeechSpan(0, len(clip.samples))], encoder).stretches) == 60


def test_without_a_model_nothing_is_told() -> None:
    with pytest.raises(EngineUnavailableError, match="SPEAKER_MODEL"):
        company(clip_of((300, 3.0)), spans_of(3.0), encoder_with(speaker_model=""))
