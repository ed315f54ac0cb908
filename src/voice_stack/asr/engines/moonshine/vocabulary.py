"""Moonshine's vocabulary: text of token ids."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

START: Final = 1
END: Final = 2
# Unknown, start and end; they have no text.
_SPECIAL: Final = 3
_SPACE: Final = "▁".encode()
_BYTE: Final = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class Vocabulary:
    """Pieces of text by token id. Single bytes among them spell what has no piece of its own.

    Args:
        pieces: in UTF-8, by id; `▁` is a space.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [piece.replace(_SPACE, b" ") for piece in pieces]

    def __len__(self) -> int:
        return len(self._pieces)

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without spaces at its ends."""
        spelled = b"".join(self._pieces[token] for token in tokens if token >= _SPECIAL)
        return spelled.decode("utf-8", "replace").strip()

    def words(self, tokens: Sequence[int]) -> list[tuple[str, list[int]]]:
        """Words of the text, each with the positions of its tokens in the sequence."""
        words: list[tuple[bytes, list[int]]] = []
        is_open = False
        for position, token in enumerate(tokens):
            piece = self._pieces[token] if token >= _SPECIAL else b""
            for index, part in enumerate(piece.split(b" ")):
                is_open = is_open and index == 0
                if not part:
                    continue
                if not is_open:
                    words.append((b"", []))
                    is_open = True
                spelled, owners = words[-1]
                words[-1] = (spelled + part, [*owners, position])
        return [(spelled.decode("utf-8", "replace"), owners) for spelled, owners in words]


def read_vocabulary(path: Path) -> Vocabulary:
    """Vocabulary in a file: Moonshine's own `tokenizer.bin`, or a `tokenizer.json`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is neither.
    """
    content = path.read_bytes()
    pieces = _listed(content) if path.suffix == ".json" else list(_packed(content))
    if len(pieces) <= _SPECIAL:
        raise ValueError(f"{path.name} holds no vocabulary")
    return Vocabulary(pieces)


def _packed(content: bytes) -> Iterator[bytes]:
    """Pieces one after the other, each behind its length: a byte, or two when the first is above 127."""
    position = 0
    while position < len(content):
        length = content[position]
        position += 1
        if length > 127:
            if position == len(content):
                raise ValueError("the vocabulary ends in the middle of a piece")
            length += content[position] * 128 - 128
            position += 1
        if position + length > len(content):
            raise ValueError("the vocabulary ends in the middle of a piece")
        yield content[position : position + length]
        position += length


def _listed(content: bytes) -> list[bytes]:
    try:
        told = json.loads(content)
        ids: dict[str, int] = dict(told["model"]["vocab"])
        ids |= {token["content"]: token["id"] for token in told.get("added_tokens", [])}
        spelled = {int(id): piece for piece, id in ids.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the vocabulary is not what tokenizers writes") from error
    if not spelled or min(spelled) < 0 or max(spelled) > 1 << 20:
        raise ValueError("the vocabulary's ids make no sense")
    return [_piece(spelled.get(id, "")) for id in range(max(spelled) + 1)]


def _piece(spelled: str) -> bytes:
    byte = _BYTE.fullmatch(spelled)
    return bytes([int(byte[1], 16)]) if byte else spelled.encode()
