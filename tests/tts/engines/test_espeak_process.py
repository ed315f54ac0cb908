"""The process that espeak-ng runs in: what becomes of it when it is stopped, killed or crashed by a text."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import espeakng_loader
import pytest

from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    ProcessLostError,
    VoiceNotFoundError,
)
from voice_stack.tts.engines.espeak import library as espeak_library
from voice_stack.tts.engines.espeak import process as espeak_process
from voice_stack.tts.engines.espeak.process import EspeakProcess

VOICE = "gmw/en-US"
# Seconds of sound, far more than the pipe holds: somewhere in it the process waits for its reader.
LONG = "The quick brown fox jumps over the lazy dog. " * 200


@pytest.fixture
def process() -> Iterator[EspeakProcess]:
    process = EspeakProcess(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    yield process
    process.close()


def spoken(process: EspeakProcess, text: str, voice: str = VOICE, stop: threading.Event | None = None) -> bytes:
    return b"".join(process.speak(voice, text, 175, stop or threading.Event()))


def test_sound_comes_in_parts(process: EspeakProcess) -> None:
    parts = list(process.speak(VOICE, LONG, 175, threading.Event()))
    assert process.sample_rate == 22050
    assert len(parts) > 100
    assert all(0 < len(part) <= 2 * 3 * process.sample_rate for part in parts)
    assert len(b"".join(parts)) > 2 * 300 * process.sample_rate


def test_words_are_told_before_the_sound_in_which_they_begin(process: EspeakProcess) -> None:
    text = "Good morning. Über alles, it is 11."
    told: list[tuple[int, int]] = []
    sound = 0
    for part in process.speak(VOICE, text, 175, threading.Event(), lambda *place: told.append(place)):
        sound += len(part) // 2
        assert all(sample < sound for _, sample in told)
    assert [text[character:].split()[0] for character, _ in told][:4] == ["Good", "morning.", "Über", "alles,"]
    assert told == sorted(told, key=lambda place: place[1])


@pytest.mark.parametrize("size", [7, 5_000, 30_000])
def test_wherever_a_read_ends_words_come_with_their_sound(
    process: EspeakProcess, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(espeak_process, "_READ_SIZE", size)
    told: list[int] = []
    heard = 0
    text = "One two three four five. " * 8
    for pcm in process.speak(VOICE, text, 175, threading.Event(), lambda _, at: told.append(at)):
        heard += len(pcm) // 2
        assert all(sample < heard for sample in told)
        time.sleep(0.02)  # so that the pipe is full
    assert len(told) == 40


def test_closed_midway_it_is_ready_for_the_next(process: EspeakProcess) -> None:
    expected = len(spoken(process, "Good morning."))
    for _ in range(20):
        parts = process.speak(VOICE, LONG, 175, threading.Event())
        next(parts)
        parts.close()  # type: ignore[attr-defined]
        assert len(spoken(process, "Good morning.")) == pytest.approx(expected, rel=0.02)
    assert process.alive


def test_stop_ends_the_utterance_and_leaves_it_ready(process: EspeakProcess) -> None:
    expected = len(spoken(process, "Good morning."))
    for _ in range(20):
        stop = threading.Event()
        parts = process.speak(VOICE, LONG, 175, stop)
        next(parts)
        stop.set()
        with pytest.raises(CancelledWorkError):
            list(parts)
        assert len(spoken(process, "Good morning.")) == pytest.approx(expected, rel=0.02)
    assert process.alive


def test_an_unknown_voice_is_told_and_leaves_it_ready(process: EspeakProcess) -> None:
    with pytest.raises(VoiceNotFoundError):
        spoken(process, "Hello.", voice="gmw/xx")
    assert spoken(process, "Hello.")


@pytest.mark.parametrize(("number", "wanted"), [(signal.SIGKILL, ProcessLostError), (signal.SIGSEGV, EngineError)])
def test_killed_in_the_middle_it_says_whose_doing_it_was(
    process: EspeakProcess, number: signal.Signals, wanted: type[Exception]
) -> None:
    parts = process.speak(VOICE, LONG, 175, threading.Event())
    next(parts)
    os.kill(process.pid, number)
    with pytest.raises(wanted):
        list(parts)
    assert not process.alive


def test_killed_while_idle_it_is_lost(process: EspeakProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(ProcessLostError):
        spoken(process, "Hello.")
    assert not process.alive


@pytest.mark.parametrize("text", ["Hello.", LONG * 10], ids=["short", "longer than the pipe holds"])
def test_stopped_it_is_lost_in_the_end(process: EspeakProcess, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_process, "_SILENCE_S", 0.2)
    assert process.ready
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(ProcessLostError):
        spoken(process, text)
    assert not process.ready
    process.close()
    assert not process.alive


def test_given_up_while_it_is_stopped_it_has_ended(process: EspeakProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_process, "_SILENCE_S", 1.0)
    parts = process.speak(VOICE, LONG, 175, threading.Event())
    next(parts)
    os.kill(process.pid, signal.SIGSTOP)
    parts.close()  # type: ignore[attr-defined]
    process.close()
    assert not process.alive


def test_interrupts_meant_for_the_service_leave_it_running(process: EspeakProcess) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid, number)
    assert spoken(process, "Hello.")


def test_its_first_frame_is_short_and_it_ends_with_its_parent() -> None:
    child = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", espeak_library.__file__),
            *(espeakng_loader.get_library_path(), espeakng_loader.get_data_path()),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    (sample_rate,) = espeak_library.FRAME.unpack(child.stdout.read(4))
    voice, text = VOICE.encode(), LONG.encode()
    child.stdin.write(espeak_library.SPEAK + espeak_library.REQUEST.pack(175, len(voice), len(text)) + voice + text)
    child.stdin.flush()
    assert espeak_library.FRAME.unpack(child.stdout.read(4)) == (espeak_library.WORD,)
    assert espeak_library.PLACE.unpack(child.stdout.read(8)) == (0, 0)
    (size,) = espeak_library.FRAME.unpack(child.stdout.read(4))
    assert 0 < size <= 2 * 0.07 * sample_rate
    # As when the parent is killed: both pipes close while the child writes.
    child.stdout.close()
    child.stdin.close()
    assert child.wait(30) == 0


def test_missing_data_is_told_without_paths(tmp_path: os.PathLike[str]) -> None:
    with pytest.raises(EngineUnavailableError) as told:
        EspeakProcess(espeakng_loader.get_library_path(), os.fspath(tmp_path))
    assert os.fspath(tmp_path) not in str(told.value)


def test_a_missing_library_is_told(tmp_path: os.PathLike[str]) -> None:
    with pytest.raises(EngineUnavailableError):
        EspeakProcess(os.path.join(tmp_path, "none.so"), espeakng_loader.get_data_path())  # noqa: PTH118
