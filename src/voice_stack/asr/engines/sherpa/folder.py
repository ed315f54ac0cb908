"""Content of a streaming model's folder, in the layout in which the sherpa-onnx project publishes its models.

The networks are called `encoder*.onnx`, `decoder*.onnx` and `joiner*.onnx` with the same middle; quantized ones end in
`.int8.onnx`. A folder may hold several such sets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOKENS: Final = "tokens.txt"
PARTS: Final = ("encoder", "decoder", "joiner")
_ONNX: Final = ".onnx"
_QUANTIZED: Final = re.compile(r"\.(int8|fp16|uint8|q4|q8)$")


@dataclass(frozen=True, slots=True)
class StreamingFiles:
    """The parts of a model."""

    encoder: Path
    decoder: Path
    joiner: Path
    tokens: Path


def streaming_files(folder: Path, quantization: str, *, strictly: bool = False) -> StreamingFiles | None:
    """The parts of the model in a folder; None where it is not whole. Of several sets it is the last by name.

    Args:
        quantization: of encoder and joiner: int8 ...; empty: full precision. The decoder is in full precision where
            there is such a one: it is small, and a quantized one is no faster.
        strictly: whether a set of another precision does not count.
    """
    if not (folder / TOKENS).is_file():
        return None
    for middle in sorted(_middles(folder), key=_natural, reverse=True):
        wanted = [quantization] if strictly else [quantization, ""]
        encoder = _first(folder, f"encoder{middle}", wanted)
        joiner = _first(folder, f"joiner{middle}", wanted)
        decoder = _first(folder, f"decoder{middle}", ["", quantization])
        if encoder and decoder and joiner:
            return StreamingFiles(encoder, decoder, joiner, folder / TOKENS)
    return None


def missing(folder: Path) -> list[str]:
    """Patterns of the files that a folder lacks; a set whose names do not go together lacks what its encoder asks
    for."""
    lacking = [f"{part}*.onnx" for part in PARTS if not any(folder.glob(f"{part}*.onnx"))]
    if not (folder / TOKENS).is_file():
        lacking.append(TOKENS)
    if lacking:
        return lacking
    middle = max(_middles(folder), key=_natural, default="")
    return [f"{part}{middle}.onnx" for part in PARTS if not _first(folder, f"{part}{middle}", ["", "int8"])]


def _middles(folder: Path) -> set[str]:
    names = (path.name.removesuffix(_ONNX).removeprefix("encoder") for path in folder.glob("encoder*.onnx"))
    return {_QUANTIZED.sub("", name) for name in names}


def _first(folder: Path, stem: str, quantizations: list[str]) -> Path | None:
    paths = (folder / f"{stem}{f'.{one}' if one else ''}{_ONNX}" for one in quantizations)
    return next((path for path in paths if path.is_file()), None)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key by which `left-64` comes before `left-128`."""
    return list(_numbered(name))


def _numbered(name: str) -> Iterator[tuple[int, str]]:
    for word in re.findall(r"\d+|\D+", name):
        yield (int(word), "") if word.isdigit() else (-1, word)
