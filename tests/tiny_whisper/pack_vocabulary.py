"""Write `merges.txt.xz` and `ct2-config.json` of the fixture from the vocabulary in openai-whisper's wheel."""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import lzma
from collections.abc import Mapping
from pathlib import Path

import whisper
from whisper.tokenizer import get_tokenizer

from . import vocabulary
from ._types import Json
from .build import FIXTURES, write_atomically

# (layer, head) whose cross-attention follows the words well in the committed model, measured with find_exact.py.
ALIGNMENT_HEADS = [[1, 1]]


def split_last_merge(token: bytes, ranks: Mapping[bytes, int]) -> tuple[bytes, bytes]:
    """The two parts that byte-pair encoding joins last to make `token`.

    tiktoken files list only the results; the pair is found by encoding the token with the merges ranked before it.
    """
    parts = [token[index : index + 1] for index in range(len(token))]
    while len(parts) > 2:
        pairs = [ranks.get(left + right, len(ranks)) for left, right in itertools.pairwise(parts)]
        index = min(range(len(pairs)), key=pairs.__getitem__)
        if pairs[index] >= ranks[token]:
            raise ValueError(f"no merge makes {token!r}")
        parts[index : index + 2] = [parts[index] + parts[index + 1]]
    left, right = parts
    return left, right


def merges_of(tiktoken_file: Path) -> list[tuple[str, str]]:
    """The merges (50000 pairs) behind a .tiktoken file, in the spelling of `vocabulary.byte_characters`."""
    ranks: dict[bytes, int] = {}
    for line in tiktoken_file.read_text("ascii").splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    characters = vocabulary.byte_characters()

    def spell(part: bytes) -> str:
        return "".join(characters[byte] for byte in part)

    pairs = (split_last_merge(token, ranks) for token in sorted(ranks, key=ranks.__getitem__) if len(token) > 1)
    return [(spell(left), spell(right)) for left, right in pairs]


def ct2_config() -> dict[str, Json]:
    """CTranslate2's config.json: what to suppress, the languages, and the head whose attention gives word times."""
    tokenizer = get_tokenizer(True, num_languages=len(vocabulary.LANGUAGES))
    control = [tokenizer.sot, tokenizer.translate, tokenizer.transcribe, tokenizer.sot_lm, tokenizer.sot_prev]
    return {
        "alignment_heads": ALIGNMENT_HEADS,
        "lang_ids": sorted(tokenizer.all_language_tokens),
        "suppress_ids": [*sorted(tokenizer.non_speech_tokens), *control, tokenizer.no_speech],
        "suppress_ids_begin": [*tokenizer.encoding.encode(" "), tokenizer.eot],
    }


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FIXTURES)
    out: Path = parser.parse_args().out
    merges = merges_of(Path(whisper.__file__).parent / "assets" / "multilingual.tiktoken")
    text = "".join(f"{left} {right}\n" for left, right in merges).encode()
    write_atomically(out / "merges.txt.xz", lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    write_atomically(out / "ct2-config.json", (json.dumps(ct2_config()) + "\n").encode())


if __name__ == "__main__":
    main()
