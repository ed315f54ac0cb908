"""The life of a stream: it hands out audio piece by piece, and its child dies with it."""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG, children, encode, noise, upload, wav
from voice_stack.audio.decode import AudioStream, DecodeLimits, RawPcm, open_audio
from voice_stack.core.errors import CancelledWorkError, DecoderKilledError, InvalidAudioError, VoiceStackError

LIMITS = DecodeLimits(max_seconds=1000)
SECONDS = 300

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Too long for FFmpeg to have finished it before it is read."""
    return encode(tmp_path_factory.mktemp("stream") / "long.flac", "-ar", "16000", seconds=SECONDS, rate=16_000)


@pytest.fixture
def file(recording: Path) -> Iterator[BinaryIO]:
    with recording.open("rb") as opened:
        yield opened


def test_chunks_are_ten_seconds_and_the_last_is_shorter() -> None:
    with upload(noise(16_000 * 25)) as pcm, open_audio(pcm, LIMITS, raw=RawPcm()) as stream:
        lengths = [len(chunk) / 16_000 for chunk in stream]
    assert lengths == [10, 10, 5]


@pytest.mark.parametrize("seconds", [10, 20])
def test_audio_that_ends_with_a_chunk_has_no_empty_one(seconds: int, tmp_path: Path) -> None:
    data = wav(noise(16_000 * seconds))
    other = encode(tmp_path / "a.flac", "-ar", "16000", seconds=seconds, rate=16_000).read_bytes()
    for content in (data, other):
        with upload(content) as whole, open_audio(whole, LIMITS) as stream:
            assert [len(chunk) for chunk in stream] == [160_000] * (seconds // 10)


def test_read_gives_any_length_and_loses_nothing() -> None:
    data = noise(16_000 * 25)
    with upload(data) as pcm, open_audio(pcm, LIMITS, raw=RawPcm()) as stream:
        clips = [stream.read(seconds) for seconds in (0.5, 0, 12, 0.25, 9, 60, 1)]
    assert [clip.duration for clip in clips] == [0.5, 0, 12, 0.25, 9, 3.25, 0]
    with upload(data) as pcm, open_audio(pcm, LIMITS, raw=RawPcm()) as stream:
        np.testing.assert_array_equal(np.concatenate([clip.samples for clip in clips]), np.concatenate(list(stream)))


def test_read_and_iteration_can_be_mixed() -> None:
    with upload(noise(16_000 * 25)) as pcm, open_audio(pcm, LIMITS, raw=RawPcm()) as stream:
        assert stream.read(4).duration == 4
        assert [len(chunk) / 16_000 for chunk in stream] == [6, 10, 5]
        assert stream.seconds == 25


def test_file_may_be_closed_while_it_is_read(recording: Path) -> None:
    for path, raw in ((recording, None), (recording, RawPcm())):
        with path.open("rb") as opened:
            stream = open_audio(opened, LIMITS, raw=raw)
        with stream:
            assert sum(len(chunk) for chunk in stream) > 16_000


def test_child_is_gone_at_the_end_of_the_audio(file: BinaryIO) -> None:
    before = children()
    stream = open_audio(file, LIMITS)
    assert len(children()) == len(before) + 1
    assert sum(len(chunk) for chunk in stream) == SECONDS * 16_000
    assert children() == before


def test_closed_stream_leaves_no_child_and_gives_no_more(file: BinaryIO) -> None:
    before = children()
    stream = open_audio(file, LIMITS)
    stream.close()
    stream.close()
    assert children() == before
    with pytest.raises(CancelledWorkError):
        next(stream)


def test_abandoned_stream_takes_its_child_along(file: BinaryIO) -> None:
    before = children()
    chunks = iter(open_audio(file, LIMITS))
    next(chunks)
    del chunks
    gc.collect()
    assert children() == before


def test_error_in_the_reader_takes_the_child_along(file: BinaryIO) -> None:
    before = children()
    with pytest.raises(ZeroDivisionError), open_audio(file, LIMITS) as stream:
        raise ZeroDivisionError(next(stream))
    assert children() == before


def test_close_from_another_thread_ends_a_blocked_read(file: BinaryIO) -> None:
    before = set(children())
    with open_audio(file, LIMITS) as stream:
        (child,) = set(children()) - before
        os.kill(child, signal.SIGSTOP)
        failure: list[Exception] = []
        reader = threading.Thread(target=_drain, args=(stream, failure))
        reader.start()
        while stream.seconds < 60:
            time.sleep(0.01)
        stream.close()
        reader.join(10)
        assert not reader.is_alive()
    assert [type(error) for error in failure] == [CancelledWorkError]
    assert set(children()) == before


def _drain(stream: AudioStream, failure: list[Exception]) -> None:
    try:
        for _ in stream:
            pass
    except CancelledWorkError as error:
        failure.append(error)


def test_many_threads_may_close_at_once(file: BinaryIO) -> None:
    before = children()
    stream = open_audio(file, LIMITS)
    threads = [threading.Thread(target=stream.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert children() == before


def test_child_that_stalls_is_given_up(file: BinaryIO) -> None:
    before = set(children())
    with open_audio(file, DecodeLimits(max_seconds=1000, timeout_s=0.5)) as stream:
        (child,) = set(children()) - before
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(DecoderKilledError, match="gave nothing"):
            list(stream)
        assert set(children()) == before


@pytest.mark.parametrize(
    ("does", "wanted"),
    [
        pytest.param("exec sleep 60", DecoderKilledError, id="sleeps"),
        pytest.param("exec >&- 2>&-; exec sleep 60", DecoderKilledError, id="closes its pipes and sleeps"),
        pytest.param("while :; do :; done", InvalidAudioError, id="computes for ever"),
    ],
)
def test_child_that_never_speaks_is_given_up(tmp_path: Path, does: str, wanted: type[Exception]) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    with upload(b"fLaC") as opened, pytest.raises(VoiceStackError, match="gave nothing") as caught:
        open_audio(opened, DecodeLimits(max_seconds=10, timeout_s=0.3), binary=str(program))
    # On a busy machine it may hardly have had a processor.
    assert type(caught.value) in (wanted, DecoderKilledError)


def test_time_that_the_reader_takes_is_not_counted(file: BinaryIO) -> None:
    with open_audio(file, DecodeLimits(max_seconds=1000, timeout_s=2.0), binary=SHIPPED_FFMPEG) as stream:
        taken = len(next(stream))
        time.sleep(2.5)
        assert taken + sum(len(chunk) for chunk in stream) == SECONDS * 16_000


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_child_killed_in_the_middle_is_a_503_that_says_when_to_come_back(file: BinaryIO, ended_by: int) -> None:
    before = set(children())
    with open_audio(file, LIMITS) as stream:
        (child,) = set(children()) - before
        os.kill(child, ended_by)
        with pytest.raises(DecoderKilledError) as caught:
            list(stream)
    assert (caught.value.status, caught.value.code, caught.value.retryable) == (503, "decoder_killed", True)
    assert int(caught.value.headers["retry-after"]) > 0


def test_child_that_is_killed_before_it_spoke_is_a_503(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nkill -KILL $$\n")
    program.chmod(0o755)
    with upload(b"fLaC") as opened, pytest.raises(DecoderKilledError):
        open_audio(opened, LIMITS, binary=str(program))


def test_file_that_takes_more_time_than_it_may_is_the_files_fault(file: BinaryIO) -> None:
    before = set(children())
    with open_audio(file, LIMITS) as stream:
        (child,) = set(children()) - before
        os.kill(child, signal.SIGXCPU)
        with pytest.raises(InvalidAudioError, match="more time"):
            list(stream)


def test_child_that_crashes_once_is_started_again_and_nothing_is_missing(file: BinaryIO) -> None:
    whole = np.concatenate(list(open_audio(file, LIMITS)))
    before = set(children())
    with open_audio(file, LIMITS) as stream:
        (child,) = set(children()) - before
        os.kill(child, signal.SIGSEGV)
        np.testing.assert_array_equal(np.concatenate(list(stream)), whole)


@pytest.mark.parametrize("first", [b"", b"Stream mapping:"], ids=["at once", "later"])
def test_file_that_crashes_its_decoder_again_is_the_files_fault(tmp_path: Path, first: bytes) -> None:
    program, starts = tmp_path / "ffmpeg", tmp_path / "starts"
    header = (
        "Input #0, flac, from 'x':\n  Duration: 00:00:09.00, start: 0\n  Stream #0:0: Audio: flac, 16000 Hz, mono\n"
    )
    (tmp_path / "header").write_text(header + "Stream mapping:\n" if first else "")
    program.write_text(f"#!/bin/sh\nmkdir -p {starts}/$$\ncat {tmp_path}/header >&2\nkill -SEGV $$\n")
    program.chmod(0o755)
    with upload(b"fLaC") as opened, pytest.raises(InvalidAudioError, match="crashed on it twice"):
        open_audio(opened, LIMITS, binary=str(program))
    assert len(list(starts.iterdir())) == 2
