"""What must hold for every speaker embedding engine."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.engines.subject import Checks, Listener, silence
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import TooLittleSpeechError
from voice_stack.speaker.vectors import Embedding, similarity

# What half a megasample of float32 sums may differ in, in another order.
SAME = 0.9999

CHECKS: Checks[Listener] = Checks()


def is_vector(vector: Embedding, size: int) -> bool:
    return (
        vector.shape == (size,)
        and vector.dtype == np.float32
        and bool(np.isfinite(vector).all())
        and abs(float(np.linalg.norm(vector)) - 1) < 1e-5
    )


@CHECKS
def a_voice_is_a_vector_of_length_1(subject: Listener) -> None:
    engine = subject.engine
    assert engine.capabilities.vector_size >= 16
    assert is_vector(engine.embed(subject.clip), engine.capabilities.vector_size)


@CHECKS
def the_same_clip_is_the_same_vector(subject: Listener) -> None:
    first, second = (subject.engine.embed(subject.clip) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@CHECKS
def silence_around_the_speech_changes_little(subject: Listener) -> None:
    clip, quiet = subject.clip, silence(2.0)
    around = AudioClip(np.concatenate([quiet.samples, clip.samples, quiet.samples]), clip.sample_rate)
    assert similarity(subject.engine.embed(clip), subject.engine.embed(around)) > 0.9


@CHECKS
def a_softer_voice_is_the_same_voice(subject: Listener) -> None:
    softer = AudioClip(subject.clip.samples * np.float32(0.25), subject.clip.sample_rate)
    assert similarity(subject.engine.embed(subject.clip), subject.engine.embed(softer)) > 0.9


@CHECKS
def a_long_clip_is_one_vector_too(subject: Listener) -> None:
    assert is_vector(subject.engine.embed(subject.long), subject.engine.capabilities.vector_size)


@CHECKS
def too_little_speech_is_told(subject: Listener) -> None:
    for clip in (AudioClip(np.zeros(0, np.float32), 16_000), silence(3.0), subject.clip.slice(0, 0.05)):
        with pytest.raises(TooLittleSpeechError):
            subject.engine.embed(clip)
    with pytest.raises(TooLittleSpeechError):
        subject.engine.embed_speech(subject.clip.slice(0, 0.02))


@CHECKS
def another_rate_is_refused(subject: Listener) -> None:
    with pytest.raises(ValueError, match="44100"):
        subject.engine.embed_speech(AudioClip(subject.clip.samples, 44_100))


@CHECKS
def its_threshold_says_where_it_is_from(subject: Listener) -> None:
    for calibration in (type(subject.engine).calibration, subject.engine.capabilities.calibration):
        assert -1 < calibration.same < 1
        assert calibration.source.strip()


@CHECKS
def several_listen_at_once(subject: Listener) -> None:
    alone = subject.engine.embed(subject.clip)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: subject.engine.embed(subject.clip), range(8)))
    assert all(similarity(alone, one) > SAME for one in together)
