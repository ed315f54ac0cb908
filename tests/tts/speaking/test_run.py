"""From a text to bytes, in process, with the test signal: what comes out is known to the sample."""

import contextlib
import gc
import io
import itertools
import math
import os
import signal
import threading
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG, children
from tests.audio.tone import decoded, fit
from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import CancelledWorkError, ProcessLostError
from voice_stack.core.settings import load_settings
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.work import Ask
from voice_stack.tts.engines.tone.engine import CHARACTER_S
from voice_stack.tts.service import DEFAULT_MODEL, SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions, SpeechReport

RATE = 24_000
SENTENCE = "This sentence has exactly fifty characters, or so."
TWO = "One sentence is here. Another one is there."


@pytest.fixture(scope="module")
def service() -> Iterator[SpeechService]:
    with SpeechService(load_settings(TtsSettings, tts_engine="tone")) as service:
        yield service


def options(text: str, **fields: object) -> SpeechOptions:
    return SpeechOptions(text, **{"voice": "tone", "model": "tts-1", "audio_format": AudioFormat.PCM, **fields})  # type: ignore[arg-type]


def spoken(service: SpeechService, text: str, **fields: object) -> Samples:
    """PCM of a request."""
    with service.start(options(text, **fields)) as run:
        return from_s16le(b"".join(run))


def loud(samples: Samples) -> list[tuple[int, int]]:
    """Stretches of sound: first sample and the one behind the last, of the stretches that a pause of 20 ms parts."""
    places = np.flatnonzero(np.abs(samples) > 1e-3)
    gaps = np.flatnonzero(np.diff(places) > RATE // 50)
    starts = [places[0], *places[gaps + 1]]
    ends = [*(places[gaps] + 1), places[-1] + 1]
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_tone_in_50_parts_is_one_tone_of_the_exact_length_in_every_format(
    service: SpeechService, audio_format: AudioFormat
) -> None:
    with service.start(options(SENTENCE, audio_format=audio_format)) as run:
        data = b"".join(run)
    assert len(SENTENCE) == 50
    raw = ["-f", "s16le", "-ar", "24000", "-ac", "1"] if audio_format is AudioFormat.PCM else []
    sound = decoded(SHIPPED_FFMPEG, data, *raw)
    rate = 48_000 if audio_format is AudioFormat.OPUS else RATE
    codec = audio_format.codec
    first = codec.delay if codec else 0
    wanted = round(len(SENTENCE) * CHARACTER_S * rate)
    padding = len(sound) - first - wanted
    # A player gets the exact length, but for the packet that some codecs fill up.
    assert 0 <= padding <= (codec.frame_samples(rate) if codec and first else 1)
    margin = round(0.03 * rate)
    inner = fit(sound[first + margin : first + wanted - margin], rate, 400.0)
    assert inner.hertz == pytest.approx(400.0, rel=1e-6)
    # A click, a lost or a doubled sample would be a residual. aac is the least pure of the codecs.
    assert np.abs(inner.residual).max() < (0.12 if audio_format is AudioFormat.AAC else 0.04) * inner.level


def test_sentences_are_parted_by_exact_pauses(service: SpeechService) -> None:
    text = "One sentence is here. [pause:750ms] Another one is there."
    (first, first_end), (second, second_end) = loud(spoken(service, text))
    assert first < 10
    assert (second - first_end) / RATE == pytest.approx(0.75, abs=0.001)
    assert second_end - second == pytest.approx(len("Another one is there.") * CHARACTER_S * RATE, abs=20)


def test_punctuation_makes_pauses_between_units() -> None:
    settings = load_settings(TtsSettings, tts_engine="tone", tts_chunk_chars=40, tts_first_chunk_chars=40)
    text = (
        "The first of the sentences is this one. The second of the sentences comes here. "
        "Is the third of the sentences the last?\n\nNo, there is still one in a paragraph."
    )
    with SpeechService(settings) as service:
        sounds = loud(spoken(service, text))
    pauses = [(after[0] - before[1]) / RATE for before, after in pairwise(sounds)]
    assert pauses == pytest.approx([0.25, 0.25, 0.6], abs=0.002)


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 1.7, 4.0])
def test_speed_divides_the_length(service: SpeechService, speed: float) -> None:
    assert len(spoken(service, SENTENCE, speed=speed)) == pytest.approx(
        50 * CHARACTER_S / speed * RATE, abs=0.006 * RATE
    )


def test_loudness_is_the_setting(service: SpeechService) -> None:
    with SpeechService(load_settings(TtsSettings, tts_engine="tone", tts_loudness_lufs=-25)) as softer:
        quiet = np.abs(spoken(softer, SENTENCE)[-RATE:]).max()
    assert 20 * math.log10(np.abs(spoken(service, SENTENCE)[-RATE:]).max() / quiet) == pytest.approx(6.0, abs=0.2)


def test_ssml_changes_rate_and_volume_of_a_part(service: SpeechService) -> None:
    plain = spoken(service, "<speak>One two three.</speak>")
    slow = spoken(service, "<speak><prosody rate='50%'>One two three.</prosody></speak>")
    soft = spoken(service, "<speak><prosody volume='-12dB'>One two three.</prosody></speak>")
    silent = spoken(service, "<speak><prosody volume='silent'>One two three.</prosody></speak>")
    assert len(slow) == pytest.approx(2 * len(plain), rel=0.01)
    assert 20 * math.log10(np.abs(plain).max() / np.abs(soft).max()) == pytest.approx(12, abs=0.3)
    assert len(silent) == len(plain)
    assert not silent.any()


def test_no_click_at_any_joint(service: SpeechService) -> None:
    """Nowhere does the signal move faster than a 400 Hz tone of its level does."""
    samples = spoken(service, TWO + " [pause:100ms] " + TWO)
    steepest = 2 * math.pi * 400 / RATE * float(np.abs(samples).max())
    assert np.abs(np.diff(samples)).max() < 1.5 * steepest


def test_report_tells_what_it_cost() -> None:
    reports: list[SpeechReport] = []
    with SpeechService(load_settings(TtsSettings, tts_engine="tone"), observe=reports.append) as service:
        samples = spoken(service, SENTENCE)
    (report,) = reports
    assert (report.engine, report.model, report.voice, report.language) == ("tone", "tone", "tone", "en")
    assert report.characters == 50
    assert report.audio_s == pytest.approx(len(samples) / RATE)
    assert report.first_s > 0
    assert report.real_time_factor < 1


def test_streamed_wav_has_the_largest_sizes_and_its_samples(service: SpeechService) -> None:
    with service.start(options(SENTENCE, audio_format=AudioFormat.WAV)) as run:
        data = b"".join(run)
    assert data[4:8] == b"\xff" * 4
    sound = data[data.index(b"data") + 8 :]
    np.testing.assert_array_equal(from_s16le(sound), spoken(service, SENTENCE))


def test_one_piece_of_a_quick_engine_is_a_whole_wav() -> None:
    with SpeechService(load_settings(TtsSettings, tts_engine="espeak")) as service:
        with service.start(options("Hello there.", voice="alloy", audio_format=AudioFormat.WAV)) as run:
            assert run.start.whole
            (data,) = run
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() * 2 == len(data) - data.index(b"data") - 8


def test_stopped_run_ends_and_gives_everything_back(service: SpeechService) -> None:
    stop = threading.Event()
    with service.start(options(SENTENCE * 20), Ask(stop)) as run:
        pieces = iter(run)
        next(pieces)
        stop.set()
        with pytest.raises(CancelledWorkError):
            list(pieces)
    assert service.waiting == 0
    assert len(spoken(service, SENTENCE))


def test_run_that_is_closed_in_the_middle_frees_the_engine(service: SpeechService) -> None:
    for _ in range(10):
        with service.start(options(SENTENCE * 20)) as run:
            next(iter(run))
    # The tone speaks four utterances at once: a turn that was not given back would block by now.
    assert len(spoken(service, SENTENCE))


@pytest.mark.parametrize(("lane", "interrupted"), [(Lane.BATCH, True), (Lane.INTERACTIVE, False)])
def test_a_command_interrupts_a_sentence_of_a_book(service: SpeechService, lane: Lane, interrupted: bool) -> None:
    """And of nothing else. One slot is left; the book is one sentence, which is taken clip by clip."""
    never = threading.Event()
    with contextlib.ExitStack() as stack:
        leased = stack.enter_context(service.host.lease(DEFAULT_MODEL))
        scheduler = service.queues.of(leased.engine)
        for _ in range(scheduler.snapshot().width - 1):
            stack.enter_context(stack.enter_context(scheduler.admit(Lane.BATCH, 0.0)).turn(1.0, never))
        book = stack.enter_context(service.start(options(SENTENCE, lane=lane)))
        pieces = iter(book)
        next(pieces)
        with ThreadPoolExecutor(1) as pool:
            command = pool.submit(spoken, service, SENTENCE)
            until(lambda: scheduler.snapshot().lanes[Lane.INTERACTIVE].waiting == 1)
            next(pieces)
            rest = b"".join(itertools.islice(pieces, 5))
            if interrupted:
                until(command.done)
            else:
                assert not command.done()
            rest += b"".join(pieces)
            assert len(command.result(30))
    assert len(rest) > 5 * CHARACTER_S * RATE * 2


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_engine_that_holds_something_while_it_speaks_is_not_interrupted() -> None:
    """espeak-ng's one process belongs to the book until its sentence ends; a command that had the turn would wait."""
    settings = load_settings(TtsSettings, tts_engine="espeak", tts_workers=1)
    long = "a very long sentence of a book, which goes on and on, " * 3
    stop = threading.Event()
    with SpeechService(settings) as service, ThreadPoolExecutor(2) as pool, contextlib.ExitStack() as stack:
        stack.callback(stop.set)

        def speak(text: str) -> bytes:
            with service.start(options(text, voice="alloy"), Ask(stop)) as run:
                return b"".join(run)

        book = stack.enter_context(service.start(options(long, voice="alloy", lane=Lane.BATCH), Ask(stop)))
        pieces = iter(book)
        next(pieces)
        command = pool.submit(speak, SENTENCE)
        until(lambda: service.waiting == 1)
        rest = pool.submit(list, pieces)
        assert sum(map(len, rest.result(30))) > RATE
        assert len(command.result(30))


def test_a_lost_encoder_gives_the_engine_back_although_somebody_keeps_the_error() -> None:
    settings = load_settings(TtsSettings, tts_engine="espeak", tts_workers=1)
    long = "a very long sentence of a book, which goes on and on, " * 20
    stop = threading.Event()
    with SpeechService(settings) as service, ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
        stack.callback(stop.set)
        before = set(children())
        gc.disable()  # which would find what was forgotten, some time
        stack.callback(gc.enable)
        with service.start(options(long, voice="alloy", audio_format=AudioFormat.MP3)) as run:
            pieces = iter(run)
            next(pieces)
            (encoder,) = (child for child in set(children()) - before if b"ffmpeg" in command_line(child))
            os.kill(encoder, signal.SIGKILL)
            with pytest.raises(ProcessLostError) as kept:
                list(pieces)

        def speak() -> bytes:
            with service.start(options(SENTENCE, voice="alloy"), Ask(stop)) as run:
                return b"".join(run)

        assert len(pool.submit(speak).result(30))
        assert (kept.value.status, kept.value.retryable) == (503, True)


def command_line(pid: int) -> bytes:
    """Of a process; empty when it has gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
