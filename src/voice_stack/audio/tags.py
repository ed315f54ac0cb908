"""Tags, by which a file says something of itself: those of any container, read by an FFmpeg child."""

import re
from typing import BinaryIO, Final

from voice_stack.audio.child import Child, ChildTimeoutError
from voice_stack.audio.ffmpeg import ffmpeg_path, tags_command

_CPU_SECONDS: Final = 20
_MOST_BYTES: Final = 256 * 1024
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# A value may go over several lines, each but the last with a backslash at its end.
_LINE_END = re.compile(r"(?<!\\)((?:\\\\)*)\n")
_EQUALS = re.compile(r"(?<!\\)((?:\\\\)*)=")


def read_tags(file: BinaryIO, *, timeout_s: float = 20.0, binary: str | None = None) -> list[tuple[str, str]]:
    """The tags of a file and of its first sound, in order: name in lower case, and value.

    A file that is no audio, or too damaged to tell, has none. At most 256 KiB are read.

    Args:
        file: a real file (`fileno()`); where it stands does not matter.
        timeout_s: seconds that FFmpeg may take.
        binary: FFmpeg to run; None for the one of `ffmpeg_path`.

    Raises:
        ServiceUnavailableError: FFmpeg cannot be started.
    """
    descriptor = file.fileno()
    child = Child(tags_command(binary or ffmpeg_path(), descriptor), descriptor, _CPU_SECONDS)
    try:
        told = child.read(_MOST_BYTES, timeout_s)
    except ChildTimeoutError:
        return []
    finally:
        child.close()
    return parse_tags(told.decode("utf-8", "replace"))


def parse_tags(text: str) -> list[tuple[str, str]]:
    """Names and values in FFmpeg's own form, `name=value` a line, with a backslash before special characters."""
    found: list[tuple[str, str]] = []
    for line in _LINE_END.sub("\\1\0", text).split("\0"):
        parts = _EQUALS.split(line, maxsplit=1)
        if len(parts) == 3 and not line.startswith((";", "#", "[")):
            name, value = _ESCAPED.sub(r"\1", parts[0] + parts[1]), _ESCAPED.sub(r"\1", parts[2])
            found.append((name.lower(), value))
    return found
