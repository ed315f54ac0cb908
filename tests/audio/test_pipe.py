"""The life of an FFmpeg child that speech is piped through: it dies with its pipe, whatever happens."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG, children
from tests.audio.tone import decoded, tone, uneven
from voice_stack.audio import pipe
from voice_stack.audio.encode import Encoder
from voice_stack.audio.ffmpeg import pipe_command
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.pipe import AudioPipe
from voice_stack.audio.stretch import Stretcher
from voice_stack.core.errors import AudioProcessingError, CancelledWorkError, ProcessLostError

MP3, OPUS, AAC, FLAC, WAV, PCM = AudioFormat
FLAC_COMMAND = pipe_command(SHIPPED_FFMPEG, "flac", {"acodec": "flac", "sample_fmt": "s16", "frame_size": 1024})
SECOND = tone(24_000, 24_000)

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def encoder(audio_format: AudioFormat = MP3) -> Encoder:
    return Encoder(audio_format, 24_000, binary=SHIPPED_FFMPEG)


def child() -> int:
    """Process id of the only child."""
    (pid,) = children()
    return pid


def test_child_is_gone_after_the_end() -> None:
    unfinished = encoder()
    assert len(children()) == 1
    unfinished.write(SECOND)
    unfinished.finish()
    assert children() == []


def test_a_hundred_aborted_encoders_leave_nothing() -> None:
    formats = (MP3, OPUS, AAC, FLAC)
    for index in range(100):
        aborted = encoder(formats[index % 4])
        for _ in range(index % 3):
            aborted.write(SECOND[: 2400 + 211 * index])
        # The last way is to be forgotten.
        if index % 7:
            aborted.close()
        del aborted
    assert children() == []


def test_error_in_the_with_block_ends_the_child() -> None:
    def fail() -> None:
        with encoder() as aborted:
            aborted.write(SECOND)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert children() == []


@pytest.mark.parametrize(
    ("audio_format", "number", "wanted"),
    [
        (MP3, signal.SIGKILL, ProcessLostError),
        (OPUS, signal.SIGKILL, ProcessLostError),
        (AAC, signal.SIGKILL, ProcessLostError),
        (FLAC, signal.SIGSEGV, AudioProcessingError),
    ],
)
def test_killed_child_is_an_error_to_try_again_and_leaves_nothing(
    audio_format: AudioFormat, number: signal.Signals, wanted: type[Exception]
) -> None:
    for call in (Encoder.finish, lambda broken: [broken.write(SECOND) for _ in range(5)]):
        broken = encoder(audio_format)
        broken.write(SECOND)
        os.kill(child(), number)
        with pytest.raises(wanted):
            call(broken)
        assert children() == []
        with pytest.raises(CancelledWorkError):
            broken.write(SECOND)


def test_close_from_another_thread_ends_a_write_that_waits() -> None:
    for make in (encoder, lambda: Stretcher(2.0, 24_000, binary=SHIPPED_FFMPEG)):
        waiting: Encoder | Stretcher = make()
        waiting.write(SECOND)
        os.kill(child(), signal.SIGSTOP)
        errors: list[BaseException] = []

        def write(target: Encoder | Stretcher = waiting, errors: list[BaseException] = errors) -> None:
            try:
                target.write(np.tile(SECOND, 60))
            except CancelledWorkError as error:
                errors.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        waiting.close()
        thread.join()
        assert len(errors) == 1
        assert children() == []


def test_child_that_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "_STALL_S", 0.2)
    hanging = encoder()
    os.kill(child(), signal.SIGSTOP)
    with pytest.raises(ProcessLostError):
        hanging.write(np.tile(SECOND, 60))
    assert children() == []


def test_ffmpeg_that_lacks_the_codec_is_an_error() -> None:
    command = pipe_command(SHIPPED_FFMPEG, "flac", {"acodec": "no_such_codec"})
    with AudioPipe(command, 24_000, 1024) as broken:
        with pytest.raises(AudioProcessingError):
            broken.write(np.tile(SECOND, 3))
    assert children() == []


def test_wrong_idea_of_what_is_held_back_costs_a_wait_and_no_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "_PATIENCE_S", 0.05)
    chunks = uneven(SECOND, 10)
    with AudioPipe(FLAC_COMMAND, 24_000, held_back=0) as impatient:
        data = b"".join(impatient.write(chunk) for chunk in chunks) + impatient.finish()
    assert impatient.written == len(SECOND)
    np.testing.assert_allclose(decoded(SHIPPED_FFMPEG, data), SECOND, atol=1 / 32768)


def test_child_sees_no_environment_and_writes_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FFREPORT", f"file={tmp_path / 'report.log'}")
    with encoder() as reported:
        reported.write(SECOND)
        reported.finish()
    assert list(tmp_path.iterdir()) == []
