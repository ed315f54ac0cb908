"""The networks that every install has are found in their wheel, by their digests."""

from pathlib import Path

import pytest

from tests.engines.cases import hello
from tests.speaker.conftest import encoder_with
from voice_stack.core.settings import Settings, load_settings
from voice_stack.speaker import community
from voice_stack.speaker.community import CommunityNetwork, library, read_network
from voice_stack.speaker.encoder import speaker_encoder

needs_wheel = pytest.mark.skipif(library() is None, reason="moonshine-voice 0.1.0 has no wheel for this platform")


@needs_wheel
@pytest.mark.parametrize("network", CommunityNetwork)
def test_a_network_is_what_it_was(network: CommunityNetwork) -> None:
    import onnxruntime

    content = read_network(network)
    assert content is not None
    assert len(content) == network.size
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = {CommunityNetwork.EMBEDDING: ["fbank", "weights"], CommunityNetwork.SEGMENTATION: ["waveforms"]}
    assert [one.name for one in session.get_inputs()] == inputs[network]


@pytest.mark.parametrize("content", [b"", b"ORTM", b"....ORTM" + bytes(100)])
def test_a_library_that_holds_none_is_no_network(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "libmoonshine.so"
    file.write_bytes(content)
    monkeypatch.setattr(community, "library", lambda: file)
    assert read_network(CommunityNetwork.EMBEDDING) is None
    monkeypatch.setattr(community, "library", lambda: tmp_path / "gone")
    assert read_network(CommunityNetwork.EMBEDDING) is None


@needs_wheel
def test_transcription_has_an_encoder_without_a_setting_and_speech_has_none() -> None:
    settings = load_settings(Settings, _env_file=None)
    encoder = speaker_encoder(settings, embedded=True)
    assert encoder.is_ready
    assert encoder.embed(hello()).shape == (256,)
    assert encoder.name == "wespeaker/wespeaker-resnet34-community-1"
    assert encoder.calibration.one_voice is not None
    encoder.close()
    assert not speaker_encoder(settings).is_configured
    assert encoder_with(speaker_model="wespeaker").is_ready
