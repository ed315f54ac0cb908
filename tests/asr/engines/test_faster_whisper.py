"""What is particular to the default engine: devices, arithmetic, batches, increments."""

import itertools
import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, segments_of, silence, text_of
from tests.tiny_whisper.exact import EXACT
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError

Exact = Callable[[str], AudioClip]
ENGLISH = RecognitionRequest(language="en")


def build(model: Path, **options: Any) -> ASREngine:
    return build_engine("faster-whisper", **{"options": GREEDY, "model": str(model), "threads": 1, **options})


@pytest.fixture(scope="session")
def batched(tiny_ct2: Path) -> ASREngine:
    return build(tiny_ct2, device="cpu", options=GREEDY.model_copy(update={"batch_size": 4}))


def test_batch_gives_the_same_text_on_a_short_clip(batched: ASREngine, exact: Exact) -> None:
    for name in ("en-sentence-1", "en-sentence-3"):
        assert text_of(batched, exact(name), ENGLISH) == EXACT[name].text


def test_batch_detects_the_language(batched: ASREngine, exact: Exact) -> None:
    recognition = batched.transcribe(exact("de-sentence-1"), RecognitionRequest(), threading.Event())
    assert recognition.language.code == "de"
    assert "".join(segment.text for segment in recognition.segments).strip() == EXACT["de-sentence-1"].text


def test_batch_covers_long_audio_with_timed_segments(batched: ASREngine, exact: Exact) -> None:
    phrase = joined(exact("en-sentence-1"), silence(1.5))
    clip = joined(*[phrase] * 36)
    assert clip.duration > 75
    segments = segments_of(batched, clip, replace(ENGLISH, word_timestamps=True))
    assert all(0 <= segment.start <= segment.end <= clip.duration + 0.1 for segment in segments)
    assert all(a.start <= b.start for a, b in itertools.pairwise(segments))
    # Several segments a window, and windows up to the end.
    assert len(segments) > 6
    assert segments[-1].end > clip.duration - 30
    assert len({segment.seek for segment in segments}) >= 3
    for segment in segments:
        assert "".join(word.text for word in segment.words) == segment.text
        assert all(word.start <= word.end for word in segment.words)
        # Whisper itself lets words reach beyond the segment's own times by up to half a second.
        assert all(segment.start - 0.6 <= word.start <= segment.end + 0.6 for word in segment.words)


def test_batch_is_one_unit_at_the_price_of_its_windows(batched: ASREngine, exact: Exact) -> None:
    clip = joined(*[joined(exact("en-sentence-1"), silence(1.5))] * 55)
    assert 130 < clip.duration < 170
    costs: list[float] = []
    list(batched.transcribe(clip, ENGLISH, threading.Event(), costs.append).segments)
    assert costs[0] == 4 * 30.0
    assert len(costs) == 2
    assert sum(costs) >= clip.duration


@pytest.mark.parametrize("seconds", [0, 0.05, 0.1, 3.0])
def test_batch_of_silence_is_empty(batched: ASREngine, seconds: float) -> None:
    assert segments_of(batched, silence(seconds)) == []


def test_absent_gpu_means_the_cpu_with_a_warning(tiny_ct2: Path, caplog: pytest.LogCaptureFixture) -> None:
    import ctranslate2

    absent = ctranslate2.get_cuda_device_count() + 3
    engine = build(tiny_ct2, device=f"cuda:{absent}", compute_type="float16")
    assert engine.device == "cpu"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert f"ASR_DEVICE=cuda:{absent}" in warnings[0]
    engine.close()


def test_gpu_that_does_not_work_means_the_cpu_with_a_warning(
    tiny_ct2: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, exact: Exact
) -> None:
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("the GPU of this machine works")
    # Counted by the driver, but without what it takes to compute: CUDA's own errors follow.
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    engine = build(tiny_ct2, device="auto")
    assert engine.device == "cpu"
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "cuda:0 does not work" in warning
    assert text_of(engine, exact("en-sentence-1"), ENGLISH) == EXACT["en-sentence-1"].text
    engine.close()


def test_unknown_compute_type_names_the_supported_ones(tiny_ct2: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"ASR_COMPUTE_TYPE=int3 .*float32.*int8"):
        build(tiny_ct2, device="cpu", compute_type="int3")


def test_arithmetic_that_the_device_lacks_is_replaced_with_a_warning(
    tiny_ct2: Path, exact: Exact, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger="voice_stack.asr"):
        engine = build(tiny_ct2, device="cpu", compute_type="int8_bfloat16")
    assert "int8_bfloat16 is not supported" in caplog.text
    assert engine.device == "cpu"


@pytest.mark.parametrize("compute_type", ["auto", "default", "int8", "float32"])
def test_compute_types_transcribe_alike(tiny_ct2: Path, exact: Exact, compute_type: str) -> None:
    engine = build(tiny_ct2, device="cpu", compute_type=compute_type)
    assert text_of(engine, exact("en-sentence-1"), ENGLISH) == EXACT["en-sentence-1"].text
    engine.close()


def test_model_is_named_after_its_folder(faster: ASREngine, tiny_ct2: Path) -> None:
    assert faster.model == tiny_ct2.name
    assert faster.device == "cpu"
    assert faster.capabilities.concurrency == 2
    assert {"en", "de"} < faster.capabilities.languages


def test_damaged_model_is_unavailable(tiny_ct2: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_ct2, tmp_path / "broken")
    (tmp_path / "broken" / "model.bin").write_bytes(b"no model")
    with pytest.raises(EngineUnavailableError, match="cannot load the model broken") as raised:
        build(tmp_path / "broken", device="cpu")
    assert raised.value.__cause__ is not None


def test_english_only_model_refuses_other_languages(tiny_ct2: Path, tmp_path: Path, exact: Exact) -> None:
    folder = tmp_path / "tiny.en"
    shutil.copytree(tiny_ct2, folder)
    # What makes a vocabulary English-only is that the tokens after its text are shifted by one.
    vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    assert len(vocabulary) == 51865
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary[:50256] + vocabulary[50257:]), "utf-8")
    engine = build(folder, device="cpu")
    assert engine.capabilities.languages == {"en"}
    assert not engine.capabilities.detects_language
    with pytest.raises(UnsupportedError, match="English only, not german") as raised:
        engine.transcribe(exact("de-sentence-1"), RecognitionRequest(language="de"), threading.Event())
    assert raised.value.param == "language"
    with pytest.raises(UnsupportedError):
        engine.detect_language(exact("en-sentence-1"))


def test_light_engines_import_no_torch(tiny_ct2: Path) -> None:
    script = (
        "import sys\n"
        "from voice_stack.asr.engines import faster_whisper, pocketsphinx\n"
        "from voice_stack.serving.engine import EngineConfig, EngineOptions\n"
        "options = faster_whisper.FasterWhisperOptions()\n"
        f"faster_whisper.ENGINE.build(EngineConfig(options, model={str(tiny_ct2)!r}, device='cpu'))\n"
        "pocketsphinx.ENGINE.build(EngineConfig(EngineOptions()))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
