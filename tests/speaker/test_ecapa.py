"""ECAPA-TDNN is computed as SpeechBrain computes it, from the tensors of its checkpoint."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.engines.cases import hello
from tests.speaker.conftest import encoder_with
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.speaker.engines.ecapa.features import log_mel

torch = pytest.importorskip("torch", reason="ECAPA-TDNN needs torch")


@pytest.fixture
def speechbrain(monkeypatch: pytest.MonkeyPatch) -> None:
    """SpeechBrain, whose network and features need nothing of torchaudio, which it imports all the same."""
    pytest.importorskip("hyperpyyaml", reason="the comparison needs speechbrain")
    for name in ("torchaudio", "torchaudio.transforms", "torchaudio.functional"):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__["__version__"] = "2.11.0"
        module.__dict__["list_audio_backends"] = lambda: ["soundfile"]
        monkeypatch.setitem(sys.modules, name, module)
    pytest.importorskip("speechbrain", reason="the comparison needs speechbrain")


@pytest.mark.usefixtures("speechbrain")
def test_features_and_network_are_speechbrains() -> None:
    from speechbrain.lobes.features import Fbank
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN

    from tests.tiny_voices.ecapa import CHANNELS, POOLED, SCALE, SIZE, tensors
    from voice_stack.speaker.engines.ecapa.network import Ecapa

    samples = hello().samples
    theirs = Fbank(n_mels=80)(torch.from_numpy(samples)[None])[0].numpy()
    ours = log_mel(samples)
    assert np.abs(ours - (theirs - theirs.mean(axis=0))).max() < 0.01
    channels = [CHANNELS] * 4 + [POOLED]
    network = ECAPA_TDNN(
        80, lin_neurons=SIZE, channels=channels, attention_channels=4, se_channels=4, res2net_scale=SCALE
    ).eval()
    network.load_state_dict(tensors())
    with torch.inference_mode():
        wanted = network(torch.from_numpy(ours)[None])[0, 0]
        found = Ecapa(tensors())(torch.from_numpy(ours.T[None].copy()))
    assert torch.allclose(wanted, found, atol=1e-5)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"fc.conv.weight": Evil()}, tmp_path / "embedding_model.ckpt")
    encoder = encoder_with(speaker_model=str(tmp_path), speaker_engine="ecapa")
    with pytest.raises(EngineUnavailableError, match="no ECAPA-TDNN"):
        encoder.embed(hello())
    assert not (tmp_path / "ran").exists()
