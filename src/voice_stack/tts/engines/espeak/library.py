"""libespeak-ng through ctypes, and the process that owns it.

`espeak_process` runs this file by its path, in an interpreter without site-packages or the project around it: so it
imports nothing but the standard library, and is up in a few hundredths of a second.

On its stdin: a `REQUEST` header with the voice and the text behind it, or `CANCEL`, which ends the utterance that is
being spoken and means nothing between utterances. On its stdout: the sample rate once as a `FRAME`; then for every
utterance frames of that many bytes of mono s16le, before the sound in which a word begins `WORD` with a `PLACE` behind
it, and one of `DONE`, `UNKNOWN_VOICE` or `FAILED`. It ends with its stdin.
"""

import ctypes
import itertools
import os
import resource
import select
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

SPEAK: Final = b"S"
CANCEL: Final = b"C"
REQUEST: Final = struct.Struct("<HHI")
"""After `SPEAK`: words a minute, bytes of the voice, bytes of the text."""
FRAME: Final = struct.Struct("<i")
DONE: Final = 0
UNKNOWN_VOICE: Final = -1
FAILED: Final = -2
WORD: Final = -3
PLACE: Final = struct.Struct("<II")
"""After `WORD`: the character of the text at which it begins, from 0, and the sample of the utterance's sound."""

# Of speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_CHARS_UTF8: Final = 1
_RATE: Final = 1
_VOLUME: Final = 2
_WORD_EVENT: Final = 1
# Milliseconds of sound that the library hands over at once.
_BUFFER_MS: Final = 60
# Of 0 to 200. At its usual 100 espeak-ng clips some voices; here the loudest (Maori) peaks at 0.9, most at 0.4.
_AMPLITUDE: Final = 40
# Bytes of sound that are sent at once (0.4 s), but for the first, which goes out alone.
_SENT: Final = 16 * 1024
# The library takes 5 MB; a runaway ends here and not with the memory of the machine.
_ADDRESS_SPACE: Final = 1 << 30


class _Event(ctypes.Structure):
    """`espeak_EVENT`; a list of them ends with one of type 0."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))

_Receive = Callable[[bytes, list[tuple[int, int]]], bool]


class EspeakLibrary:
    """The library, which has one state for the whole process: one object, one thread.

    Args:
        library: path of the shared library.
        data: path of the folder `espeak-ng-data`.

    Raises:
        OSError: the library cannot be loaded.
        RuntimeError: it does not take its data.
    """

    def __init__(self, library: str, data: str) -> None:
        self._library = ctypes.CDLL(library)
        self._library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self._library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
        self._library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
        self._library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        self.sample_rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, os.fsencode(data), _DONT_EXIT
        )
        if self.sample_rate <= 0:
            raise RuntimeError("espeak-ng does not take its data")
        self._receive: _Receive | None = None
        self._error: OSError | None = None
        # The library keeps only the address: the object lives as long as this one.
        self._callback = _CALLBACK(self._received)
        self._library.espeak_SetSynthCallback(self._callback)

    def select(self, voice: bytes) -> bool:
        """Choose a voice by its file under `lang`, with or without a variant (`gmw/en-US+f3`); whether there is one.

        Files, since names are no help: several languages (`en-gb`) are not the name of any voice.
        """
        return bool(self._library.espeak_SetVoiceByName(voice) == 0)

    def speak(self, text: bytes, words_per_minute: int, receive: _Receive) -> bool:
        """Speak a text to its end; whether that went well.

        Args:
            text: UTF-8 without NUL. Neither SSML nor phonemes in `[[ ]]` are understood in it.
            receive: takes mono s16le, about 60 ms a time, and the `PLACE` of each word that begins in it; answers
                whether to go on.

        Raises:
            OSError: of `receive`.
        """
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_VOLUME, _AMPLITUDE, 0)
        self._receive, self._error = receive, None
        status = self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
        self._receive = None
        if self._error is not None:
            raise self._error
        return bool(status == 0)

    def _received(self, samples: int | None, count: int, events: Any) -> int:
        """The library's callback: 0 to go on, 1 to stop."""
        if not samples or count <= 0 or self._receive is None:
            return 0
        try:
            return 0 if self._receive(ctypes.string_at(samples, 2 * count), _words(events)) else 1
        except OSError as error:  # an exception cannot pass through the library
            self._error = error
            return 1


def _words(events: Any) -> list[tuple[int, int]]:
    """The `PLACE` of each word among events."""
    found = []
    for event in itertools.takewhile(lambda event: event.type, events or ()):
        if event.type == _WORD_EVENT and event.text_position > 0 <= event.sample:
            found.append((event.text_position - 1, event.sample))
    return found


def _read(size: int) -> bytes:
    """Exactly so many bytes of stdin; fewer only at its end. Unbuffered, so that a poll sees what is left."""
    data = b""
    while len(data) < size:
        piece = os.read(0, size - len(data))
        if not piece:
            break
        data += piece
    return data


def _write(descriptor: int, data: bytes | bytearray) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _serve(library: EspeakLibrary, output: int) -> None:
    more = select.poll()
    more.register(0, select.POLLIN)
    unsent, begun = bytearray(), bytearray()
    started = False

    def receive(pcm: bytes, words: list[tuple[int, int]]) -> bool:
        nonlocal started
        for place in words:
            begun.extend(FRAME.pack(WORD) + PLACE.pack(*place))
        unsent.extend(pcm)
        if not started or len(unsent) >= _SENT:
            started = True
            send()
        return not more.poll(0)  # only `CANCEL` can come now, or the end of who asked

    def send() -> None:
        if unsent:
            _write(output, begun + FRAME.pack(len(unsent)) + unsent)
            begun.clear()
            unsent.clear()

    _write(output, FRAME.pack(library.sample_rate))
    while kind := _read(1):
        if kind != SPEAK:
            continue
        words_per_minute, voice_size, text_size = REQUEST.unpack(_read(REQUEST.size))
        voice, text = _read(voice_size), _read(text_size)
        started = False
        if not library.select(voice):
            status = UNKNOWN_VOICE
        elif library.speak(text, words_per_minute, receive):
            status = DONE
        else:
            status = FAILED
        send()
        _write(output, FRAME.pack(status))


def main(library: str, data: str) -> None:
    """Serve until stdin ends. What prevents the start is told on stderr."""
    # A Ctrl-C or a stop of the service reaches its children too; this one goes on until its parent needs it no more.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    # What the library prints goes nowhere: neither between the frames nor into a pipe that nobody empties.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    output = os.dup(1)
    os.dup2(nowhere, 1)
    try:
        loaded = EspeakLibrary(library, data)
    except (OSError, RuntimeError) as error:
        sys.exit(str(error))
    os.dup2(nowhere, 2)
    try:
        _serve(loaded, output)
    except (BrokenPipeError, struct.error):  # who asked has gone in the middle of it
        return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
