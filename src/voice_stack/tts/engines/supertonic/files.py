"""Supertonic's networks, letters and voices on the disk, downloaded on first use.

sherpa-onnx ends the process where letters or voices are not as it wants them. So both are read and checked here, and
written anew in its own formats.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.progress import Progress
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.entries import model_entry, stored_model
from voice_stack.tts.engines.model_folder import ModelFolder
from voice_stack.tts.engines.supertonic.options import Config, source_of

ENGINE_NAME: Final = "supertonic"
NETWORKS: Final = ("duration_predictor", "text_encoder", "vector_estimator", "vocoder")

Styles = NDArray[np.float32]

# The hub's files, all in full precision.
_HUB_FILES: Final = (*(f"onnx/{name}.onnx" for name in NETWORKS), "onnx/*.json", "voice_styles/*.json")
_MEGABYTES: Final = 400
_RELEASED: Final = 1_777_593_600
# Of sherpa-onnx's archive, whose ten voices are these in this order.
_BINARY_VOICES: Final = "voice.bin"
_USUAL: Final = ("F1", "F2", "F3", "F4", "F5", "M1", "M2", "M3", "M4", "M5")
# What sherpa-onnx reads of tts.json.
_NUMBERS: Final = (
    ("ae", "sample_rate"),
    ("ae", "base_chunk_size"),
    ("ttl", "chunk_compress_factor"),
    ("ttl", "latent_dim"),
)
_HINT: Final = (
    "Put the hub's files, or those of sherpa-onnx's archive, into a folder and set TTS_SUPERTONIC_MODEL to it."
)


@dataclass(frozen=True, slots=True)
class SupertonicFiles:
    """A model's parts.

    Attributes:
        networks: by name, all of `NETWORKS`.
        settings: tts.json.
        letters: unicode_indexer.json or .bin.
        styles: JSON file of each voice by name; empty where `voices` holds all.
        voices: all voices in one file.
    """

    networks: Mapping[str, Path]
    settings: Path
    letters: Path
    styles: Mapping[str, Path]
    voices: Path | None

    def names(self) -> list[str]:
        """Names of the voices, in the order in which sherpa-onnx counts them."""
        if self.voices is None:
            return sorted(self.styles)
        count = _count(self.voices)
        return list(_USUAL) if count == len(_USUAL) else [f"voice-{number + 1}" for number in range(count)]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Letters and voices as sherpa-onnx wants them, in new files.

        Returns:
            unicode_indexer.bin and voice.bin.

        Raises:
            EngineUnavailableError: letters, voices or settings are damaged.
        """
        try:
            _check_settings(json.loads(self.settings.read_text(encoding="utf-8")))
            letters, voices = folder / "unicode_indexer.bin", folder / _BINARY_VOICES
            letters.write_bytes(_letters(self.letters).astype("<i4").tobytes())
            voices.write_bytes(_joined(self.styles) if self.voices is None else _checked(self.voices))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineUnavailableError(
                f"The model {_name(self.settings)} of Supertonic is damaged ({type(error).__name__}): get it again."
            ) from error
        return letters, voices


def models(config: Config) -> list[ModelEntry]:
    """The configured model."""
    installed = files_on_disk(config) is not None
    id, source = "supertonic-3", source_of(config)
    return [model_entry(id, ENGINE_NAME, source, "Supertone", _RELEASED, installed=installed, megabytes=_MEGABYTES)]


def model_files(config: Config) -> list[Path]:
    """Files of the model that are on the disk."""
    return stored_model(source_of(config), config.model_dir)


def files_on_disk(config: Config) -> SupertonicFiles | None:
    """The parts of the configured model, when all of them are on the disk. Imports and downloads nothing."""
    return _FOLDER.on_disk(config, source_of(config))


def ensure_files(config: Config, progress: Progress | None = None) -> SupertonicFiles:
    """The parts of the configured model, downloaded first when they are not on the disk; see `ModelFolder.ensure`."""
    return _FOLDER.ensure(config, source_of(config), progress)


def _find(root: Path) -> SupertonicFiles | None:
    folder = root / "onnx" if (root / "onnx").is_dir() else root
    networks = {name: _network(folder, name) for name in NETWORKS}
    letters = next(
        (path for path in (folder / f"unicode_indexer.{kind}" for kind in ("bin", "json")) if path.is_file()), None
    )
    styles = {path.stem: path for path in sorted(root.glob("voice_styles/*.json"))}
    voices = folder / _BINARY_VOICES
    settings = folder / "tts.json"
    whole = {name: path for name, path in networks.items() if path is not None}
    if len(whole) < len(NETWORKS) or letters is None or not settings.is_file() or not (styles or voices.is_file()):
        return None
    return SupertonicFiles(whole, settings, letters, styles, None if styles else voices)


def _network(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / f"{name}.onnx", folder / f"{name}.int8.onnx") if path.is_file()), None)


def _name(path: Path) -> str:
    return path.parent.parent.name if path.parent.name == "onnx" else path.parent.name


def _check_settings(settings: Mapping[str, Mapping[str, Any]]) -> None:
    for group, key in _NUMBERS:
        number = settings[group][key]
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
            raise ValueError(key)


def _letters(path: Path) -> NDArray[np.int64]:
    """Number of each letter by its code point."""
    if path.suffix == ".json":
        numbers = np.asarray(json.loads(path.read_text(encoding="utf-8")))
    else:
        numbers = np.frombuffer(path.read_bytes(), "<i4")
    if numbers.ndim != 1 or not len(numbers) or numbers.dtype.kind not in "iu" or abs(numbers).max() > 2**31 - 1:
        raise ValueError("no letters")
    return numbers.astype(np.int64)


@lru_cache(maxsize=256)
def _style(path: Path, _changed: int) -> tuple[Styles, Styles]:
    content = json.loads(path.read_text(encoding="utf-8"))
    ttl, dp = (
        np.asarray(content[part]["data"], np.float32).reshape([int(size) for size in content[part]["dims"]])
        for part in ("style_ttl", "style_dp")
    )
    return ttl, dp


def _joined(styles: Mapping[str, Path]) -> bytes:
    parts = [_style(path, path.stat().st_mtime_ns) for _, path in sorted(styles.items())]
    ttl, dp = (np.concatenate([part[number] for part in parts]) for number in (0, 1))
    if ttl.ndim != 3 or dp.ndim != 3 or len(ttl) != len(parts) or len(dp) != len(parts):
        raise ValueError("shapes")
    if not (np.isfinite(ttl).all() and np.isfinite(dp).all()):
        raise ValueError("numbers that are none")
    header = np.array([*ttl.shape, *dp.shape], "<i8").tobytes()
    return header + ttl.astype("<f4").tobytes() + dp.astype("<f4").tobytes()


def _checked(path: Path) -> bytes:
    content = path.read_bytes()
    shapes = np.frombuffer(content[:48], "<i8")
    if len(shapes) < 6 or (shapes <= 0).any() or (shapes > 1 << 20).any() or shapes[0] != shapes[3]:
        raise ValueError("shapes")
    if len(content) != 48 + 4 * (int(np.prod(shapes[:3])) + int(np.prod(shapes[3:]))):
        raise ValueError("size")
    return content


def _count(path: Path) -> int:
    """Voices in a file of all; 0 for one that is damaged."""
    try:
        return int(np.frombuffer(_checked(path)[:8], "<i8")[0])
    except (OSError, ValueError):
        return 0


_FOLDER: Final = ModelFolder(
    "Supertonic",
    _HUB_FILES,
    _find,
    f"{', '.join(NETWORKS)} (.onnx), tts.json, unicode_indexer and voices",
    _HINT,
)
