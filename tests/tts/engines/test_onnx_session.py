"""Sessions have the threads that the settings say, and their failures are told."""

from pathlib import Path

import pytest

import voice_stack.serving.onnx_session
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.tts.engines.onnx_session import open_session


@pytest.mark.parametrize(
    ("threads", "workers", "expected"), [(0, 1, 0), (3, 1, 3), (3, 2, 3), (0, 2, 2), (0, 4, 1), (0, 16, 1)]
)
def test_workers_share_the_cores(
    tiny_kokoro: Path, monkeypatch: pytest.MonkeyPatch, threads: int, workers: int, expected: int
) -> None:
    monkeypatch.setattr(voice_stack.serving.onnx_session, "cores", lambda: 4)
    config = EngineConfig(EngineOptions(), device="cpu", threads=threads, workers=workers)
    session, device = open_session(tiny_kokoro / "onnx" / "model.onnx", "tiny", config)
    assert session.get_session_options().intra_op_num_threads == expected
    assert device == "cpu"


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1"])
def test_without_a_gpu_everything_runs_on_the_cpu(
    tiny_kokoro: Path, device: str, caplog: pytest.LogCaptureFixture
) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    _, found = open_session(
        tiny_kokoro / "onnx" / "model.onnx", "tiny", EngineConfig(EngineOptions(), device=device, threads=1)
    )
    assert found == "cpu"
    # Who asked for a GPU is told, who left it open is not.
    assert bool(caplog.messages) is device.startswith("cuda")


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_file_that_is_no_model_is_told_without_its_path(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(EngineUnavailableError, match="The model tiny is damaged") as raised:
        open_session(tmp_path / "model.onnx", "tiny", EngineConfig(EngineOptions(), device="cpu"))
    assert str(tmp_path) not in raised.value.message
