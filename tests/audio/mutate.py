"""Damaged uploads by the thousand: the same seed gives the same files."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_HEADER: Final = 256
_MAGIC: Final = (
    *(b"RIFF", b"RF64", b"WAVE", b"fmt ", b"data", b"FORM", b"AIFF", b"caff", b".snd", b"wvpk", b"TTA1", b"MAC "),
    *(b"fLaC", b"OggS", b"OpusHead", b"\1vorbis", b"ID3\4", b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80", b"\x0b\x77"),
    *(b"ftypM4A ", b"moov", b"mdat", b"trak", b"stsz", b"stco", b"\x1a\x45\xdf\xa3", b"\x47\x40\x11\x10", b"FLV\1"),
    *(b"#!AMR\n", b"#EXTM3U\n", b"ffconcat version 1.0\n", b"v=0\r\no=", b"<?xml ", b"\x89PNG\r\n\x1a\n"),
    *(b"%PDF-1.7", b"PK\3\4", b"\x7fELF"),
)
_SIZES: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def mutated_uploads(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` damaged copies of sound files, one to three wounds each.

    Args:
        seeds: whole, valid files.
        seed: of the random choices.

    Yields:
        A label that tells what was done to which seed, and the damaged file.
    """
    choice = random.Random(seed)
    names = list(_WOUNDS)
    for number in range(count):
        which = choice.randrange(len(seeds))
        data = bytearray(seeds[which])
        # Every kind has its turn first; what follows is chance.
        done = [names[number % len(names)], *choice.choices(names, k=choice.choice((0, 0, 1, 2)))]
        for name in done:
            _WOUNDS[name](data, choice)
        yield f"{number}: seed {which}, {' + '.join(done)}", bytes(data)


def _flip_bits(data: bytearray, choice: random.Random) -> None:
    for _ in range(choice.choice((1, 8, 64))):
        if data:
            data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)


def _overwrite_header(data: bytearray, choice: random.Random) -> None:
    for _ in range(choice.choice((1, 2, 4, 16))):
        if data:
            data[choice.randrange(min(len(data), _HEADER))] = choice.choice(
                (0, 1, 0x7F, 0x80, 0xFF, choice.randrange(256))
            )


def _truncate(data: bytearray, choice: random.Random) -> None:
    del data[choice.choice((choice.randrange(len(data) + 1), choice.randrange(min(len(data), _HEADER) + 1))) :]


def _remove_piece(data: bytearray, choice: random.Random) -> None:
    start, end = _piece(data, choice)
    del data[start:end]


def _repeat_piece(data: bytearray, choice: random.Random) -> None:
    start, end = _piece(data, choice)
    data[end:end] = data[start:end] * choice.choice((1, 1, 5))


def _swap_pieces(data: bytearray, choice: random.Random) -> None:
    start, end = _piece(data, choice)
    piece = data[start:end]
    del data[start:end]
    at = choice.randrange(len(data) + 1)
    data[at:at] = piece


def _zero_piece(data: bytearray, choice: random.Random) -> None:
    start, end = _piece(data, choice)
    data[start:end] = bytes(end - start)


def _random_piece(data: bytearray, choice: random.Random) -> None:
    start, end = _piece(data, choice)
    data[start:end] = choice.randbytes(end - start)


def _splice_magic(data: bytearray, choice: random.Random) -> None:
    magic = choice.choice(_MAGIC)
    at = choice.choice((0, 0, 4, 8, choice.randrange(len(data) + 1)))
    data[at : at + choice.choice((0, len(magic)))] = magic


def _forge_size(data: bytearray, choice: random.Random) -> None:
    """Write an extreme number where a header keeps sizes, counts and rates."""
    at = choice.choice((4, 16, 20, 22, 24, 28, 32, 34, 40, choice.randrange(min(len(data), _HEADER) + 1)))
    width = choice.choice((1, 2, 3, 4, 8))
    value = choice.choice((*_SIZES, choice.getrandbits(32)))
    data[at : at + width] = (value % 256**width).to_bytes(width, choice.choice(("little", "big")))


def _append_other(data: bytearray, choice: random.Random) -> None:
    data += choice.choice((choice.randbytes(500), bytes(5000), data[:1000], choice.choice(_MAGIC) * 20))


def _piece(data: bytearray, choice: random.Random) -> tuple[int, int]:
    start = choice.choice((choice.randrange(len(data) + 1), choice.randrange(min(len(data), _HEADER) + 1)))
    return start, min(len(data), start + choice.choice((1, 4, 64, 1024, 8192)))


_WOUNDS: Final[dict[str, Callable[[bytearray, random.Random], None]]] = {
    "flip bits": _flip_bits,
    "overwrite header": _overwrite_header,
    "truncate": _truncate,
    "remove": _remove_piece,
    "repeat": _repeat_piece,
    "swap": _swap_pieces,
    "zero": _zero_piece,
    "randomise": _random_piece,
    "splice magic": _splice_magic,
    "forge size": _forge_size,
    "append": _append_other,
}
