"""`voice-stack speak --book` against a real service: killed and resumed, its marks listened to."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from tests.books.epubs import png, simple
from tests.cli.test_main import voice_stack
from tests.live_server import ESPEAK, Server, serve_tts
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.ffmpeg import ffmpeg_path
from voice_stack.audio.loudness import loudness
from voice_stack.books.making.make import BookMaker, Watcher
from voice_stack.books.making.narrator import Narrator
from voice_stack.books.making.plan import Narration, plan_book
from voice_stack.books.reading.book import read_book
from voice_stack.client import VoiceStackClient
from voice_stack.core.settings import load_settings

# What a small recogniser hears of a robot, well enough to tell one from the other.
FIRST_WORDS = (
    *(
        "The man was walking along the road.",
        "My mother made breakfast in the kitchen.",
        "Seven ships left the harbour.",
    ),
    *("Snow fell on the mountains all night.", "The train was two hours late."),
)
COUNT = 20
# An invocation of the command takes about a second, and a piece some milliseconds.
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_tts(ESPEAK) as running:
        yield running


def make_book(folder: Path, count: int = COUNT) -> Path:
    chapters = [
        (f"Chapter {number}", f"<p>{FIRST_WORDS[number % 5]}</p><p>This was number {number} of them all.</p>")
        for number in range(1, count + 1)
    ]
    return simple(folder / "book.epub", chapters, cover=png())


def speak_book(folder: Path, server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return voice_stack(folder, "speak", "--book", "book.epub", "-o", "book.m4b", "--url", server.v1, *arguments)


def killed_when(folder: Path, server: Server, pattern: str, count: int) -> int:
    """Start the command and kill it when so many files of its folder match; how many there are afterwards."""
    command = [sys.executable, "-m", "voice_stack.cli.main", "speak", "--book", "book.epub", "-o", "book.m4b"]
    process = subprocess.Popen([*command, "--url", server.v1], cwd=folder, stderr=subprocess.DEVNULL, env=os.environ)
    work = folder / "book.m4b.work"
    deadline = time.monotonic() + PATIENCE_S
    while len(list(work.glob(pattern))) < count and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "book.m4b").exists()
    return len(list(work.glob(pattern)))


def marks(path: Path) -> list[tuple[float, float, str]]:
    """Start, end and title of each chapter, as FFmpeg reads them."""
    told = subprocess.run([ffmpeg_path(), "-hide_banner", "-i", str(path)], capture_output=True, text=True, check=False)
    found = re.findall(r"Chapter #0:\d+: start ([\d.]+), end ([\d.]+)\s+Metadata:\s+title\s+: (.*)", told.stderr)
    return [(float(start), float(end), title) for start, end, title in found]


def cut(path: Path, start: float, seconds: float, target: Path) -> Path:
    """A stretch of a file as WAV."""
    command = [ffmpeg_path(), "-loglevel", "error", "-y", "-ss", f"{start}", "-t", f"{seconds}", "-i", str(path)]
    subprocess.run([*command, "-vn", "-ar", "16000", str(target)], check=True)
    return target


def test_a_book_killed_twice_is_whole_and_its_marks_are_where_its_chapters_begin(
    tmp_path: Path, server: Server
) -> None:
    make_book(tmp_path)
    assert killed_when(tmp_path, server, "chapters/*.json", 3) >= 3
    done = killed_when(tmp_path, server, "parts/book.m4b", 1)
    assert done == 1
    assert len(list((tmp_path / "book.m4b.work" / "chapters").glob("*.json"))) == COUNT
    last = speak_book(tmp_path, server, "--json")
    assert last.returncode == 0, last.stderr
    told = json.loads(last.stdout)
    # Whatever was spoken before the kills is there: nothing is spoken again.
    assert (told["spoken"], told["kept"]) == (0, 3 * COUNT)
    found = marks(tmp_path / "book.m4b")
    assert [title for _, _, title in found] == [f"Chapter {number}" for number in range(1, COUNT + 1)]
    assert [round(mark["start"], 3) for mark in told["chapters"]] == pytest.approx([one[0] for one in found], abs=0.002)
    assert not (tmp_path / "book.m4b.work").exists()
    with TranscriptionService(load_settings(AsrSettings, asr_engine="moonshine")) as ears:
        for number in (1, 7, 13, 20):
            start, end, _ = found[number - 1]
            heard = listen(ears, cut(tmp_path / "book.m4b", start, end - start, tmp_path / "cut.wav"))
            likest = max(FIRST_WORDS, key=lambda words: SequenceMatcher(None, words.lower(), heard).ratio())
            assert likest == FIRST_WORDS[number % 5], heard
            assert heard.startswith(("chap", "cap")), heard  # "captain", now and then


def listen(ears: TranscriptionService, path: Path) -> str:
    from voice_stack.asr.recognition.defaults import request_options
    from voice_stack.asr.types import RecognitionRequest

    options = request_options(ears.settings, RecognitionRequest(language="en"))
    with path.open("rb") as file, ears.start(file, options) as run:
        for _ in run:
            pass
        return run.transcript.text.lower()


def test_a_finished_file_says_what_it_is(tmp_path: Path, server: Server) -> None:
    book = read_book(make_book(tmp_path, 2))
    for suffix, picture in (
        ("m4b", "Video: png"),
        ("mp3", "Video: png"),
        ("flac", "Video: png"),
        ("opus", "Video: png"),
    ):
        with VoiceStackClient(server.v1) as client:
            narration = Narration("alloy", "tts-1", "en")
            maker = BookMaker(book, Narrator(client, narration), narration, Watcher())
            maker.make(plan_book(book, (1, 2), narration), tmp_path / f"out.{suffix}")
        path = tmp_path / f"out.{suffix}"
        told = subprocess.run([ffmpeg_path(), "-hide_banner", "-i", str(path)], capture_output=True, text=True).stderr
        for fact in (
            "(eng)" if suffix == "m4b" else "",
            "The Long Road",
            "Ann Writer",
            "Audiobook",
            "synthetic voice: espeak",
            picture,
        ):
            assert fact in told, (suffix, fact, told)
        if suffix == "flac":
            assert b"CHAPTER001NAME=Chapter 2" in path.read_bytes()
        else:
            first, second = marks(path)
            assert (first[2], second[2]) == ("Chapter 1", "Chapter 2")
            # The silence between two chapters is before the mark, speech behind it.
            with cut(path, second[0] - 1.0, 2.0, tmp_path / "cut.wav").open("rb") as file:
                with open_audio(file, DecodeLimits(60.0)) as sound:
                    samples = sound.read(10.0).samples
            assert np.abs(samples[: 16_000 - 3200]).max() < 0.01
            assert np.abs(samples[16_000 + 3200 :]).max() > 0.05


def test_chapters_are_of_one_loudness(tmp_path: Path, server: Server) -> None:
    make_book(tmp_path, 3)
    assert speak_book(tmp_path, server).returncode == 0
    levels = []
    for start, end, _ in marks(tmp_path / "book.m4b"):
        with cut(tmp_path / "book.m4b", start, end - start, tmp_path / "cut.wav").open("rb") as file:
            with open_audio(file, DecodeLimits(600.0)) as sound:
                levels.append(loudness(sound.read(600.0).samples, 16_000))
    assert max(levels) - min(levels) < 1.0
    assert np.mean(levels) == pytest.approx(-19, abs=1.0)


def test_list_shows_chapters_without_a_service(tmp_path: Path) -> None:
    make_book(tmp_path, 12)
    shown = voice_stack(tmp_path, "speak", "--book", "book.epub", "--list", "--chapters", "2-3,11")
    assert shown.returncode == 0
    assert "The Long Road, by Ann Writer (en)" in shown.stdout
    assert [line.split()[:3] for line in shown.stdout.splitlines()[2:5]] == [
        [number, "Chapter", number] for number in ("2", "3", "11")
    ]
    told = json.loads(voice_stack(tmp_path, "speak", "--book", "book.epub", "--list", "--json").stdout)
    assert len(told["chapters"]) == 12
    assert all(chapter["estimated_seconds"] > 3 for chapter in told["chapters"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--chapters", "9-12"), "the book has 1 to 2"),
        (("--voice", "nobody-there"), "no voice"),
        (("--url", "http://127.0.0.1:9/v1"), "cannot be reached"),
        (("Hello",), "spoken alone"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, server: Server, arguments: tuple[str, ...], said: str) -> None:
    make_book(tmp_path, 2)
    done = speak_book(tmp_path, server, *arguments)
    assert done.returncode in (1, 2)
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "book.m4b").exists()


def test_options_of_books_are_for_books(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", "--list")
    assert done.returncode == 2
    assert "--book" in done.stderr
