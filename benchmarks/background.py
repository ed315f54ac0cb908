"""One long request, in a process of its own: killing it is a client that vanishes.

`python -m benchmarks.background film URL FILE` has a WAV file subtitled, `book URL FILE` has a text file read aloud.
"""

import argparse
from pathlib import Path

import httpx

from benchmarks.clients import PATIENCE_S, subtitle
from benchmarks.material import Recording


def read_aloud(v1: str, text: str) -> None:
    """Have a text read, and listen to the end."""
    body = {"model": "tts-1", "voice": "voice", "input": text, "response_format": "pcm", "language": "en"}
    with httpx.stream("POST", f"{v1}/audio/speech", json=body, timeout=PATIENCE_S) as response:
        response.raise_for_status()
        for _ in response.iter_bytes():
            pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.background", description=__doc__)
    parser.add_argument("kind", choices=("film", "book"))
    parser.add_argument("v1", help="URL of the service with its /v1")
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    if arguments.kind == "film":
        subtitle(arguments.v1, Recording(arguments.path, 0.0))
    else:
        read_aloud(arguments.v1, arguments.path.read_text())


if __name__ == "__main__":
    main()
