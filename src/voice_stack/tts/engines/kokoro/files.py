"""Kokoro's model and voices on the disk, downloaded on first use."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.progress import Progress
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.entries import model_entry, stored_model
from voice_stack.tts.engines.kokoro.options import Config, source_of
from voice_stack.tts.engines.model_folder import ModelFolder

ENGINE_NAME: Final = "kokoro"

Styles = NDArray[np.float32]
"""A voice: shape (tokens, 1, 256); row n-1 is for a text of n tokens."""

# Of the repository's eight precisions the full one, 326 MB: it sounds as the model was trained, and people who timed
# them on CPUs found it the fastest, up to four times as fast as the 8-bit ones of 92 MB, whose convolutions onnxruntime
# computes slowly. float16 is computed as float32 on a CPU, and some builds of q8f16 do not load.
_HUB_MODEL: Final = "onnx/model.onnx"
_HUB_FILES: Final = (_HUB_MODEL, "voices/*.bin")
# With its 54 voices.
_MEGABYTES: Final = 354
# What a folder of the user may hold, the best sounding first: the hub's layout, then kokoro-onnx's releases.
_LOCAL_MODELS: Final = (
    *(_HUB_MODEL, "onnx/model_fp16.onnx", "onnx/model_uint8.onnx", "onnx/model_quantized.onnx", "onnx/model*.onnx"),
    *("kokoro-v1.0.onnx", "kokoro-v1.0.fp16.onnx", "kokoro-v1.0.int8.onnx", "kokoro*.onnx", "model*.onnx"),
)
_ARCHIVES: Final = ("voices-v1.0.bin", "voices*.bin", "voices*.npz")
_STYLE_SIZE: Final = 256
_RELEASED: Final = 1_737_936_000
_HINT: Final = (
    "Put the hub's files, or kokoro-v1.0.onnx and voices-v1.0.bin of github.com/thewh1teagle/kokoro-onnx, into a "
    "folder and set TTS_KOKORO_MODEL to it."
)


@dataclass(frozen=True, slots=True)
class KokoroFiles:
    """Paths of a model's parts.

    Attributes:
        model: the network.
        voices: one file of raw float32 each; empty where they are in an archive.
        archive: all voices in NumPy's .npz format, whatever its name ends in; None where they are files.
    """

    model: Path
    voices: tuple[Path, ...]
    archive: Path | None

    def names(self) -> list[str]:
        """Names of the voices, sorted; empty when the archive cannot be read."""
        if self.archive is None:
            return sorted(path.stem for path in self.voices)
        try:
            with zipfile.ZipFile(self.archive) as archive:
                return sorted(name.removesuffix(".npy") for name in archive.namelist())
        except (OSError, zipfile.BadZipFile):
            return []

    def styles(self, name: str) -> Styles:
        """Read a voice, one of `names`.

        Raises:
            EngineUnavailableError: it is damaged.
        """
        try:
            if self.archive is not None:
                with np.load(self.archive, allow_pickle=False) as archive:
                    styles = np.asarray(archive[name], np.float32)
            else:
                path = next(path for path in self.voices if path.stem == name)
                styles = np.fromfile(path, dtype="<f4").astype(np.float32)
            rows: Styles = styles.reshape(-1, 1, _STYLE_SIZE)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise EngineUnavailableError(f"Kokoro's voice {name} is damaged: download it again.") from error
        if not len(rows):
            raise EngineUnavailableError(f"Kokoro's voice {name} is empty: download it again.")
        return rows


def models(config: Config) -> list[ModelEntry]:
    """The configured model."""
    installed = files_on_disk(config) is not None
    source = source_of(config)
    return [model_entry("kokoro", ENGINE_NAME, source, "hexgrad", _RELEASED, installed=installed, megabytes=_MEGABYTES)]


def model_files(config: Config) -> list[Path]:
    """Files of the model that are on the disk."""
    return stored_model(source_of(config), config.model_dir)


def files_on_disk(config: Config) -> KokoroFiles | None:
    """The parts of the configured model, when all of them are on the disk. Imports and downloads nothing."""
    return _FOLDER.on_disk(config, source_of(config))


def ensure_files(config: Config, progress: Progress | None = None) -> KokoroFiles:
    """The parts of the configured model, downloaded first when they are not on the disk; see `ModelFolder.ensure`."""
    return _FOLDER.ensure(config, source_of(config), progress)


def _find(folder: Path, models: Sequence[str]) -> KokoroFiles | None:
    model = _first(folder, models)
    if model is None:
        return None
    voices = tuple(sorted(folder.glob("voices/*.bin")))
    archive = None if voices else _first(folder, _ARCHIVES)
    return KokoroFiles(model, voices, archive) if voices or archive else None


def _first(folder: Path, patterns: Sequence[str]) -> Path | None:
    found = (path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file())
    return next(found, None)


_FOLDER: Final = ModelFolder(
    "Kokoro",
    _HUB_FILES,
    lambda folder: _find(folder, (_HUB_MODEL,)),
    "a network (onnx/model.onnx or kokoro-v1.0.onnx) and voices (voices/*.bin or voices-v1.0.bin)",
    _HINT,
    lambda folder: _find(folder, _LOCAL_MODELS),
)
