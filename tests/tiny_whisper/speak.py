"""Speech for tests from espeak-ng's library (PyPI's espeakng-loader), so that no espeak-ng has to be installed.

The library is not thread-safe, keeps one voice and one callback for the whole process and would disturb a server under
test that uses it too. So every call runs it in a child process of its own (about 0.1 s).
Samples differ a little from run to run; length and content do not.
"""

from __future__ import annotations

import ctypes
import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

SYNCHRONOUS = 2
DONT_EXIT = 0x8000
BUFFER_MS = 60
UTF8 = 1
RATE, PITCH = 1, 3  # parameter numbers of espeak_SetParameter


@dataclass(frozen=True, slots=True)
class Saying:
    """One text to speak."""

    text: str
    voice: str = "en-us"  # a language, optionally with a variant: "de+f3"
    rate_wpm: int = 175
    pitch: int = 50  # 0 .. 99


def speak(text: str, voice: str = "en-us", rate_wpm: int = 175, pitch: int = 50) -> tuple[NDArray[np.float32], int]:
    """Speak a text: samples in -1 .. 1 (time,) and their rate in Hz."""
    (samples,), sample_rate = speak_many([Saying(text, voice, rate_wpm, pitch)])
    return samples, sample_rate


def speak_many(sayings: Sequence[Saying]) -> tuple[list[NDArray[np.float32]], int]:
    """Speak texts one by one in a single child process: samples (time,) of each, and the rate in Hz."""
    # Run by its path: the child must start whatever the current folder and sys.path are.
    child = subprocess.run(
        [sys.executable, "-P", __file__],
        input=json.dumps([asdict(saying) for saying in sayings]).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    (sample_rate,) = struct.unpack_from("<I", child.stdout)
    position = 4
    spoken: list[NDArray[np.float32]] = []
    for _ in sayings:
        (count,) = struct.unpack_from("<I", child.stdout, position)
        pcm = np.frombuffer(child.stdout, "<i2", count, position + 4)
        spoken.append(pcm.astype(np.float32) / np.float32(32768))
        position += 4 + 2 * count
    return spoken, sample_rate


class _Voice(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


def _select_voice(library: ctypes.CDLL, voice: str) -> None:
    """Choose a voice by name; languages such as en-gb are no voice names and are found by property."""
    if library.espeak_SetVoiceByName(voice.encode()) == 0:
        return
    wanted = _Voice(languages=voice.encode())
    if library.espeak_SetVoiceByProperties(ctypes.byref(wanted)) != 0:
        raise ValueError(f"espeak-ng has no voice {voice!r}")


def _child() -> None:
    """Speak the sayings on stdin (JSON) to stdout: the rate, then for each a count and its 16-bit samples."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    data = espeakng_loader.get_data_path().encode()
    sample_rate = library.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, data, DONT_EXIT)
    if sample_rate <= 0:
        raise RuntimeError("espeak-ng does not start")
    pcm = bytearray()

    def receive(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            pcm.extend(ctypes.string_at(samples, 2 * count))
        return 0

    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    callback = callback_type(receive)  # the library does not keep it alive; this name does
    library.espeak_SetSynthCallback(callback)
    output = bytearray(struct.pack("<I", sample_rate))
    for saying in json.load(sys.stdin.buffer):
        pcm.clear()
        _select_voice(library, saying["voice"])
        library.espeak_SetParameter(RATE, saying["rate_wpm"], 0)
        library.espeak_SetParameter(PITCH, saying["pitch"], 0)
        text = saying["text"].encode()
        if library.espeak_Synth(text, len(text) + 1, 0, 1, 0, UTF8, None, None) != 0:
            raise RuntimeError(f"espeak-ng cannot say {saying['text']!r}")
        output += struct.pack("<I", len(pcm) // 2) + pcm
    sys.stdout.buffer.write(output)


if __name__ == "__main__":
    _child()
