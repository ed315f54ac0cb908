"""Whisper's multilingual vocabulary (51865 tokens), rebuilt from its byte-pair merges without torch or a download.

Byte-level BPE needs no vocabulary file of its own: token ids 0..255 are the bytes and id 256 + i is the pair that
merge i joins. So the fixture holds the merges only, spelled as the `tokenizers` library does (a character a byte).
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from pathlib import Path

from ._types import Json

# The order gives the ids (50259 ..), so it is Whisper's own and not the alphabet's.
_LANGUAGES = """
en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt
la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc
ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su
"""
LANGUAGES: tuple[str, ...] = tuple(_LANGUAGES.split())
END_OF_TEXT = 50257
FIRST_TIMESTAMP = 50364
TIMESTAMPS = 1501
VOCABULARY_SIZE = FIRST_TIMESTAMP + TIMESTAMPS


def byte_alphabet() -> list[str]:
    """The characters that stand for bytes in GPT-2 style vocabularies, in the order of their token ids (256,).

    Printable Latin-1 bytes stand for themselves and come first; the others follow as characters from U+0100 on.
    """
    return list(byte_characters().values())


def byte_characters() -> dict[int, str]:
    """Byte -> the character that stands for it; the order of the keys is that of the token ids."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    characters = {byte: chr(byte) for byte in printable}
    characters.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return characters


def read_merges(path: Path) -> list[tuple[str, str]]:
    """The merges (50000 pairs) of a fixture written by `export.pack_merges`."""
    lines = lzma.decompress(path.read_bytes()).decode("utf-8").splitlines()
    return [(left, right) for left, right in (line.split(" ") for line in lines)]


def special_tokens() -> list[str]:
    """Names of the tokens from 50257 on: control tokens, languages, tasks and the timestamps."""
    names = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    names += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    return names + [f"<|{index * 0.02:.2f}|>" for index in range(TIMESTAMPS)]


def tokens(merges: Sequence[tuple[str, str]]) -> list[str]:
    """All tokens by id (51865,); CTranslate2's vocabulary.json. Id 50256 is the empty token of the original."""
    return [*byte_alphabet(), *(left + right for left, right in merges), "", *special_tokens()]


def tokenizer_json(merges: Sequence[tuple[str, str]]) -> Json:
    """The content of tokenizer.json (the format of Hugging Face's `tokenizers`)."""
    text_tokens = tokens(merges)[:END_OF_TEXT]
    added = [
        {
            "id": END_OF_TEXT + index,
            "content": content,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            # Timestamps are plain added tokens: faster-whisper drops special ones when it decodes.
            "special": END_OF_TEXT + index < FIRST_TIMESTAMP,
        }
        for index, content in enumerate(special_tokens())
    ]
    byte_level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {**byte_level, "add_prefix_space": False},
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(text_tokens)},
            "merges": [f"{left} {right}" for left, right in merges],
        },
    }
