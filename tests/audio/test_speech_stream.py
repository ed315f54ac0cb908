import pickle
from pathlib import Path

import numpy as np
import pytest

from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.speech_stream import FRAME, SpeechStream
from voice_stack.core.errors import VadError

HELLO = Path(__file__).parent.parent / "fixtures" / "hello.wav"


def test_a_stream_is_judged_as_the_whole_recording_is_and_its_state_can_be_kept() -> None:
    from faster_whisper.vad import get_vad_model

    with HELLO.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=60, timeout_s=20)) as source:
        samples = source.read(60).samples
    samples = samples[: len(samples) // FRAME * FRAME]
    whole = np.asarray(get_vad_model()(samples)).reshape(-1)
    stream, found = SpeechStream(), []
    for start in range(0, len(samples), 3 * FRAME):
        found.append(stream.probabilities(samples[start : start + 3 * FRAME]))
        stream = pickle.loads(pickle.dumps(stream))
    np.testing.assert_allclose(np.concatenate(found), whole, atol=1e-4)
    assert whole.max() > 0.9 > whole.min()


def test_half_a_frame_is_refused_and_nothing_is_nothing() -> None:
    assert len(SpeechStream().probabilities(np.empty(0, np.float32))) == 0
    with pytest.raises(VadError):
        SpeechStream().probabilities(np.zeros(FRAME + 1, np.float32))
