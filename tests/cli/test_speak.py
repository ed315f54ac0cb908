"""`voice-stack speak` with engines that need no download; what comes out is decoded and measured."""

import os
import pty
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_main import voice_stack
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.formats import AudioFormat
from voice_stack.tts.engines.tone.engine import CHARACTER_S

# Sentences: the first is short enough to be spoken alone.
TEXT = "The man was walking along the road. " * 6


def duration(path: Path) -> float:
    """Seconds of sound in a file, by decoding it."""
    with path.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        clip = sound.read(60.0)
    assert np.abs(clip.samples).max() > 0.01
    return clip.duration


@pytest.mark.parametrize("audio_format", [fmt for fmt in AudioFormat if fmt is not AudioFormat.PCM])
def test_suffix_tells_the_format(tmp_path: Path, audio_format: AudioFormat) -> None:
    name = f"deep/er/hello{audio_format.suffix.upper()}"
    done = voice_stack(tmp_path, "speak", "Hello,", "my friend.", "-o", name, TTS_ENGINE="tone")
    assert (done.returncode, done.stdout) == (0, "")
    # Spaces are trimmed and nothing else is: what is written is what is heard.
    expected = len("Hello, my friend.") * CHARACTER_S
    assert duration(tmp_path / name) == pytest.approx(expected, abs=0.15)
    assert f"{name}: {expected:.1f} s, engine tone (tone), voice " in done.stderr
    assert "language en" in done.stderr


def test_option_overrules_the_suffix(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "hello.ogg", "--format", "opus")
    assert done.returncode == 0
    assert (tmp_path / "hello.ogg").read_bytes()[:4] == b"OggS"


def test_wav_of_several_sentences_has_its_true_sizes(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", TEXT, "-o", "long.wav")
    assert done.returncode == 0
    path = tmp_path / "long.wav"
    with wave.open(str(path)) as file:
        assert file.getnframes() * 2 == len(data := path.read_bytes()) - data.index(b"data") - 8
    assert int.from_bytes(path.read_bytes()[4:8], "little") == path.stat().st_size - 8
    assert duration(path) > 8


def test_speed_shortens_it(tmp_path: Path) -> None:
    for name, speed in (("natural.wav", "1"), ("fast.wav", "2")):
        voice_stack(tmp_path, "speak", "Hello there.", "-o", name, "--speed", speed, TTS_ENGINE="tone")
    assert duration(tmp_path / "fast.wav") == pytest.approx(duration(tmp_path / "natural.wav") / 2, abs=0.05)


def test_language_and_voice_are_obeyed(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Guten Tag.", "-o", "a.wav", "--language", "german", "--voice", "nova")
    assert done.returncode == 0
    assert "language de" in done.stderr


def test_model_chooses_the_engine(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", "--model", "espeak-ng", TTS_ENGINE="tone")
    assert done.returncode == 0
    assert "engine espeak" in done.stderr


def test_text_comes_from_stdin_and_sound_goes_to_stdout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voice_stack.cli.main", "speak", "-"]
    environment = os.environ | {"TTS_ENGINE": "espeak"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, input="Grüße aus Köln.".encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"stdout: " in done.stderr
    path = tmp_path / "heard.mp3"
    path.write_bytes(done.stdout)
    assert duration(path) > 0.5


@pytest.mark.parametrize(
    ("name", "begins"), [("a.srt", "1\n00:00:00,000 --> "), ("b.vtt", "WEBVTT\n"), ("c.json", "{")]
)
def test_captions_are_written_beside_the_sound(tmp_path: Path, name: str, begins: str) -> None:
    text = "[tone]: Hello there.\n[tone-low]: And you?"
    command = ("speak", text, "-o", "a.wav", "--voice", "tone", "--dialogue", "--captions", name)
    done = voice_stack(tmp_path, *command, TTS_ENGINE="tone")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / name).read_text()
    assert written.startswith(begins)
    assert "Hello there." in written
    assert "And you?" in written


def test_captions_of_no_known_kind_are_refused_before_any_work(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", "--captions", "a.txt", TTS_ENGINE="tone")
    assert done.returncode == 2
    assert ".srt" in done.stderr
    assert not (tmp_path / "a.wav").exists()


def test_a_terminal_is_spared(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "voice_stack.cli.main", "speak", "Hello"]
    try:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"TTS_ENGINE": "espeak"},
            stdout=theirs,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert b"-o FILE" in done.stderr


def test_unreachable_engine_is_replaced_and_said(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", TTS_ENGINE="kokoro", HF_HUB_OFFLINE="1")
    assert done.returncode == 0
    assert "espeak answers in place of kokoro" in " ".join(done.stderr.split())
    assert "engine espeak" in done.stderr


def test_unreachable_engine_without_a_stand_in_is_an_error(tmp_path: Path) -> None:
    settings = {"TTS_ENGINE": "kokoro", "TTS_FALLBACK_ENGINES": "", "HF_HUB_OFFLINE": "1"}
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", **settings)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.wav").exists()


def test_failure_leaves_an_older_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"old")
    done = voice_stack(tmp_path, "speak", "<speak>Hello", "-o", path.name)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == b"old"


def test_interruption_leaves_no_half_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voice_stack.cli.main", "speak", "-", "--language", "en", "-o", "a.mp3"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"TTS_ENGINE": "tone"},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    # An hour of tone: far from done when the first bytes are there.
    process.stdin.write(b"One more sentence goes here. " * 2000)
    process.stdin.close()
    path = tmp_path / "a.mp3"
    while process.poll() is None and not (path.exists() and path.stat().st_size):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    assert not path.exists()


def test_unknown_voice_names_the_command_that_lists_them(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav", "--voice", "nobody")
    assert done.returncode == 1
    assert "'nobody'" in done.stderr
    assert "voice-stack voices list" in done.stderr
    assert not (tmp_path / "a.wav").exists()


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").mkdir()
    done = voice_stack(tmp_path, "speak", "Hello.", "-o", "a.wav")
    assert done.returncode == 1
    assert "a.wav: Is a directory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Hello", "-o", "a.pdf"), "'a.pdf' ends with none of .mp3, .opus"),
        (("Hello", "-o", "a.mp3", "--format", "pdf"), "'pdf' is not one of mp3, opus"),
        (("Hello", "-o", "a.mp3", "--speed", "5"), "5 is not within 0.25 and 4"),
        (("Hello", "-o", "a.mp3", "--language", "klingon"), "'klingon' is no language"),
        ((" ", "-o", "a.mp3"), "There is nothing to say"),
        (("-o", "a.mp3"), "There is nothing to say: give a TEXT"),
    ],
)
def test_wrong_arguments_end_with_status_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = voice_stack(tmp_path, "speak", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert not list(tmp_path.glob("a.*"))
