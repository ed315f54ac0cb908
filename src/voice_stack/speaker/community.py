"""The two networks of pyannote's community-1 that are in the wheel of moonshine-voice, which every install has.

That wheel's library holds them as data, byte for byte the same on every platform that it is built for. They are read
out of the file by their digest; the library itself is never loaded. CC BY 4.0, by pyannoteAI and WeSpeaker: see
docs/speakers.md.
"""

import hashlib
import mmap
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGE: Final = "moonshine_voice"
INSTALL: Final = "moonshine-voice==0.1.0"
_LIBRARIES: Final = ("libmoonshine.so", "moonshine.dll", "libmoonshine.dylib")
# The identifier of onnxruntime's own format, at the fifth byte.
_IDENTIFIER: Final = b"ORTM"
_BEFORE: Final = 4


class CommunityNetwork(Enum):
    """A network, with its size in bytes and the SHA-256 of its content.

    EMBEDDING is WeSpeaker's ResNet34 (8 bits), fbank (batch, frames, 80) and weights (batch, frames) in, embedding
    (batch, 256) out. SEGMENTATION is pyannote's, waveforms (batch, 1, 160000) in, segmentation (batch, 589, 3) out.
    """

    EMBEDDING = 6_975_920, "6e4af7d49562e6e7042672e444d6394935cb2c23c3a7dd4919da45922b91735b"
    SEGMENTATION = 1_594_080, "9715e3996ef181252aa1cc0c9398060f42b2c984c2fb65e3604262555e2efb1a"

    def __init__(self, size: int, sha256: str) -> None:
        self.size = size
        self.sha256 = sha256


@cache
def library() -> Path | None:
    """The library's file; None where the wheel is not installed."""
    spec = find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    files = (Path(place) / name for place in places for name in _LIBRARIES)
    return next((file for file in files if file.is_file()), None)


@cache
def is_there(network: CommunityNetwork) -> bool:
    """True where the wheel is installed and holds the network."""
    return read_network(network) is not None


def read_network(network: CommunityNetwork) -> bytes | None:
    """A network in onnxruntime's format, as `InferenceSession` takes it; None where it is not to be had."""
    file = library()
    if file is None:
        return None
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at = data.find(_IDENTIFIER)
            while at >= _BEFORE:
                content = data[at - _BEFORE : at - _BEFORE + network.size]
                if hashlib.sha256(content).hexdigest() == network.sha256:
                    return content
                at = data.find(_IDENTIFIER, at + 1)
    except (OSError, ValueError):  # unreadable, or empty
        return None
    return None
