"""Contents of a model folder: its architecture, and whether all of it is there."""

import json
import mmap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from voice_stack.asr.engines.onnx.architectures import ARCHITECTURES, CONFIG, SYNONYMS, TOLD_BY_FILES, known_model
from voice_stack.hub.local import is_complete, missing_files

# How an ONNX file names another that holds its weights: a StringStringEntryProto whose key is `location`.
_LOCATION: Final = b"\x0a\x08location\x12"
# Bytes above which an ONNX file holds its weights itself.
_GRAPH_ONLY: Final = 128 << 20


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A model that is there.

    Attributes:
        architecture: key of `ARCHITECTURES`.
    """

    folder: Path
    architecture: str


def missing(folder: Path, architecture: str, quantization: str) -> list[str]:
    """Files that a folder lacks, weights beside an ONNX file among them."""
    patterns = ARCHITECTURES[architecture].files(quantization)
    lacking = missing_files(folder, patterns)
    if lacking:
        return lacking
    graphs = (path for pattern in patterns if pattern.endswith(".onnx") for path in folder.glob(pattern))
    return [
        name
        for path in graphs
        if path.is_file()
        for name in _weights_beside(path.resolve(), path.stat().st_mtime_ns, path.stat().st_size)
        if not (path.parent / name).is_file()
    ]


def architecture_of(folder: Path, quantization: str) -> str | None:
    """Architecture of the networks in a folder: its config.json says it, or its files do; None when neither does."""
    told = told_by_config(folder)
    if told is not None:
        return told or None
    for name in TOLD_BY_FILES:
        if is_complete(folder, ARCHITECTURES[name].files(quantization)):
            return name
    return None


def told_by_config(folder: Path) -> str | None:
    """The architecture that config.json names; empty for one that is not ours, None when it names none."""
    try:
        content = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError):
        return None
    told = content.get("model_type") if isinstance(content, dict) else None
    if told is None:
        return None
    name = SYNONYMS.get(str(told), str(told))
    known = known_model(name)
    if name not in ARCHITECTURES and known is not None:
        return known.architecture
    return name if name in ARCHITECTURES else ""


@lru_cache(maxsize=64)
def _weights_beside(graph: Path, changed: int, size: int) -> tuple[str, ...]:
    """Names of the files that hold an ONNX file's weights.

    Args:
        changed, size: of the file, so that another one under its name is looked at anew.
    """
    if not 0 < size < _GRAPH_ONLY:
        return ()
    names: dict[str, None] = {}
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = content.find(_LOCATION)
        while 0 <= found < len(content) - len(_LOCATION):
            start = found + len(_LOCATION) + 1
            length = content[start - 1]  # of a name below 128 bytes
            names[content[start : start + length].decode("utf-8", "replace")] = None
            found = content.find(_LOCATION, start)
    return tuple(names)
