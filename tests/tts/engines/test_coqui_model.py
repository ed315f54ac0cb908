"""Loading: what stands in coqui-tts's way is put aside, what is really broken is told, and files stay as they are."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voice_stack.tts.engines.coqui.imports import import_xtts
from voice_stack.tts.engines.coqui.model import load_model
from voice_stack.tts.engines.coqui.stream import StreamVocoder


@pytest.fixture(scope="module")
def decoder(tiny_xtts: Path) -> Any:
    return load_model(tiny_xtts, "cpu").hifigan_decoder


@pytest.mark.parametrize(
    "sizes",
    [(4, 9, 1, 16), *(pytest.param(sizes, marks=pytest.mark.long) for sizes in ((30,), (1,) * 6 + (24,), (10, 20)))],
)
def test_parts_are_the_whole(decoder: Any, sizes: tuple[int, ...]) -> None:
    import torch

    latents = torch.randn(sum(sizes), 1, 64, generator=torch.Generator().manual_seed(1))
    speaker = torch.randn(1, 512, 1, generator=torch.Generator().manual_seed(2)) * 0.05
    vocoder = StreamVocoder(decoder, speaker)
    parts: list[Any] = []
    with torch.inference_mode():
        whole = decoder(latents.transpose(0, 1), g=speaker)[0, 0].numpy()
        rest = iter(latents)
        for size in sizes:
            for _ in range(size):
                vocoder.add(next(rest))
            parts.append(vocoder.speak(final=False))
        parts.append(vocoder.speak(final=True))
        assert len(vocoder.speak(final=True)) == 0
    joined = np.concatenate(parts)
    assert len(joined) == len(whole)
    np.testing.assert_allclose(joined, whole, atol=float(np.abs(whole).max()) * 1e-4)


def test_nothing_said_is_no_sound(decoder: Any) -> None:
    import torch

    assert len(StreamVocoder(decoder, torch.zeros(1, 512, 1)).speak(final=True)) == 0


def test_official_checkpoint_with_a_pickled_config_is_left_as_it_is(tiny_xtts: Path, tmp_path: Path) -> None:
    """The official model.pth names classes where older versions had them; coqui-tts would write the file anew."""
    import torch

    xtts_class, config_class = import_xtts()
    xtts_module = sys.modules[xtts_class.__module__]
    for path in tiny_xtts.iterdir():
        if path.name != "model.pth":
            (tmp_path / path.name).symlink_to(path)
    config = config_class()
    config.load_json(str(tiny_xtts / "config.json"))
    content = torch.load(tiny_xtts / "model.pth", weights_only=True) | {"config": config}
    with xtts_module._legacy_safe_globals():
        torch.save(content, tmp_path / "model.pth")
    before = (tmp_path / "model.pth").stat()
    (tmp_path / "model.pth").chmod(0o444)
    model = load_model(tmp_path, "cpu")
    after = (tmp_path / "model.pth").stat()
    assert (after.st_mtime_ns, after.st_size, after.st_ino) == (before.st_mtime_ns, before.st_size, before.st_ino)
    assert torch.equal(model.mel_stats, content["model"]["mel_stats"])
    assert torch.equal(model.gpt.mel_head.bias, content["model"]["gpt.mel_head.bias"])


IMPORTS = """
import logging, sys
logging.basicConfig(format="%(message)s")
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.tts.engines.coqui.imports import import_xtts
try:
    import_xtts()
    import_xtts()
except EngineUnavailableError as error:
    print(error.message)
else:
    import torchaudio
    print(torchaudio.functional.resample.__name__, "torchcodec" in sys.modules)
"""


def import_in_a_process(first_on_the_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    folders = [str(first_on_the_path)] if first_on_the_path else []
    path = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-c", IMPORTS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )


# Every test of the engine imports it so.
@pytest.mark.long
def test_coqui_is_imported_beside_this_torch(tiny_xtts: Path) -> None:
    done = import_in_a_process()
    assert done.stdout.split() == ["resample", "False"]
    # Where torchaudio fits torch, nothing is said; elsewhere once.
    assert done.stderr.count("torchaudio's compiled part does not load") <= 1


@pytest.mark.parametrize("raised", ["OSError('libsox is broken')", "ImportError('libsox is broken')"])
def test_broken_torchaudio_is_not_hidden(raised: str, tmp_path: Path) -> None:
    (tmp_path / "torchaudio").mkdir()
    (tmp_path / "torchaudio" / "__init__.py").write_text(f"raise {raised}")
    done = import_in_a_process(tmp_path)
    assert "coqui-tts cannot be imported: libsox is broken" in done.stdout
    assert "compiled part" not in done.stderr


@pytest.mark.long
def test_import_works_after_somebody_elses_has_failed() -> None:
    """coqui-tts refuses to start without torchcodec, and remembers that it found none."""
    code = (
        "import importlib.util\n"
        "try:\n    import TTS\nexcept ImportError:\n    pass\n"
        "from voice_stack.tts.engines.coqui.imports import import_xtts\n"
        "print(import_xtts()[0].__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "Xtts\n", done.stderr
