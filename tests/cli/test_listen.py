"""`voice-stack listen` with a recording; there is no microphone here."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import write_wav

HELLO = Path(__file__).parent.parent / "fixtures" / "hello.wav"


def listen(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voice_stack.cli.main", "listen", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=120)


def test_a_recording_is_written_down_as_it_is_heard(tmp_path: Path) -> None:
    done = listen(str(HELLO), "--engine", "moonshine", "--language", "en", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The man was walking along the road.\n"


def test_a_streaming_engine_is_given_each_sound_once(tiny_streaming: Path, tmp_path: Path) -> None:
    from tests.tiny_onnx.sound import say

    clip, _ = say((("good", "morning"),), pause_s=0.7)
    path = write_wav(tmp_path / "talk.wav", clip.samples)
    done = listen(str(path), "--engine", "sherpa", "--model", str(tiny_streaming), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "good morning\n"


def test_a_machine_without_a_microphone_says_so(tmp_path: Path) -> None:
    done = listen("--engine", "moonshine", "--device", "no such microphone", cwd=tmp_path)
    assert done.returncode == 2
    assert "icrophone" in done.stderr
    assert "Traceback" not in done.stderr
