"""Real people, told apart by the real network."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speakers import equal_error
from tests.real_models import real_model
from tests.speaker.conftest import encoder_with
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.vectors import similarity


def clip_of(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=60, timeout_s=60)) as sound:
        return sound.read(60.0)


@pytest.fixture(scope="module")
def real() -> Iterator[SpeakerEncoder]:
    folder = real_model("campplus")
    if folder is None or not (folder / "campplus.onnx").is_file():
        pytest.skip("CAM++ is not here: make real MODELS=campplus")
    encoder = encoder_with(speaker_model=str(folder))
    yield encoder
    encoder.close()


def test_a_reader_is_told_from_others(real: SpeakerEncoder, corpus: Path) -> None:
    folder = corpus / "asr" / "librispeech_test-other"
    voices = [
        [real.embed(clip_of(path)) for path in sorted(reader.glob("*.flac"))[:2]] for reader in sorted(folder.iterdir())
    ]
    assert len(voices) >= 3
    same = [similarity(*pair) for pair in voices]
    different = [similarity(a[0], b[0]) for at, a in enumerate(voices) for b in voices[at + 1 :]]
    assert min(same) > max(different)
    assert min(same) >= real.calibration.same > max(different)


def test_the_equal_error_rate_is_where_both_errors_meet() -> None:
    same, different = np.array([0.5, 0.7, 0.8, 0.9]), np.array([0.1, 0.2, 0.3, 0.6])
    rate, threshold = equal_error(same, different)
    assert rate == 0.25
    assert 0.5 < threshold <= 0.7
    assert equal_error(np.array([0.8, 0.9]), np.array([0.1, 0.2]))[0] == 0
