"""Damaged files are decoded or refused: nothing else happens and nothing is left behind."""

from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import CONTAINERS, CORPUS, FFMPEGS, encode, noise, upload, wav
from tests.audio.mutate import mutated_uploads
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import InvalidAudioError

LIMITS = DecodeLimits(max_seconds=120, timeout_s=20)
COUNT = 200


def _seeds(folder: Path) -> list[bytes]:
    made = [encode(folder / f"tone.{suffix}", *options, seconds=1) for suffix, options in CONTAINERS.items()]
    recorded = [CORPUS / "asr/goforward.wav", CORPUS / "asr/jfk/jfk_441khz.m4a", CORPUS / "vad/silero_test.opus"]
    return [wav(noise(16_000)), *(path.read_bytes() for path in made + recorded if path.is_file())]


@pytest.mark.usefixtures("nothing_left")
def test_mutated_uploads_are_decoded_or_refused(tmp_path: Path) -> None:
    decoded = refused = 0
    for number, (label, data) in enumerate(mutated_uploads(_seeds(tmp_path), COUNT, seed=7)):
        with upload(data) as file:
            try:
                with open_audio(file, LIMITS, binary=FFMPEGS[number % len(FFMPEGS)]) as stream:
                    for samples in stream:
                        assert samples.dtype == np.float32, label
                        assert np.abs(samples).max() <= 1, label
                decoded += 1
            except InvalidAudioError:
                refused += 1
    assert decoded + refused == COUNT
    assert min(decoded, refused) > COUNT // 20


def test_same_seed_gives_the_same_mutations() -> None:
    seeds = [wav(noise(1000)), b"fLaC" + noise(500)]
    first, again = (list(mutated_uploads(seeds, 50, seed=1)) for _ in range(2))
    assert first == again
    assert first != list(mutated_uploads(seeds, 50, seed=2))
    assert sum(data not in seeds for _, data in first) > 40


def test_mutations_bear_empty_and_tiny_seeds() -> None:
    assert len(list(mutated_uploads([b"", b"x"], 200, seed=1))) == 200
