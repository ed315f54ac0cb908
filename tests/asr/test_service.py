"""From a file to a transcript, in process, with the tiny real Whisper."""

import io
import logging
import tempfile
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from tests.tiny_whisper.exact import EXACT, render
from voice_stack.asr.engines.faster_whisper.engine import FasterWhisperEngine
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import Recognition, RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip, Samples, from_s16le, to_s16le
from voice_stack.audio.decode import RawPcm
from voice_stack.audio.vad import VadOptions
from voice_stack.core.errors import AudioTooLongError, CancelledWorkError, InvalidAudioError, ModelNotFoundError
from voice_stack.core.settings import load_settings
from voice_stack.serving.work import Ask

RATE = 16_000
HELLO_TEXT = "The man was walking along the road."
LINE = EXACT["en-sentence-3"]
ENGLISH = RecognitionRequest(language="en", word_timestamps=True)


@pytest.fixture(scope="module")
def line() -> Samples:
    return render(LINE).samples


def service_for(model: Path, **settings: object) -> TranscriptionService:
    return TranscriptionService(
        load_settings(AsrSettings, asr_model=str(model), asr_fallback_engines=(), asr_temperature=(0.0,), **settings)
    )


def embedded_service(**settings: object) -> TranscriptionService:
    return TranscriptionService(load_settings(AsrSettings, asr_engine="moonshine", **settings))


@pytest.fixture(scope="module")
def embedded() -> Iterator[TranscriptionService]:
    with embedded_service() as service:
        yield service


@pytest.fixture(scope="module")
def hello() -> Samples:
    """A sentence that Moonshine gets right, but for a letter at times (`as_said`)."""
    with wave.open(str(Path(__file__).parents[1] / "fixtures" / "hello.wav")) as file:
        return from_s16le(file.readframes(file.getnframes()))


@pytest.fixture(scope="module")
def service(tiny_ct2: Path) -> Iterator[TranscriptionService]:
    with service_for(tiny_ct2) as service:
        yield service


def spool(samples: Samples) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller's)
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(to_s16le(samples))
    file.seek(0)
    return file


def at(line: Samples, starts: list[int], total_s: int) -> Samples:
    """The line at each of the seconds `starts`, silence between."""
    track = np.zeros(total_s * RATE, dtype=np.float32)
    for start in starts:
        track[start * RATE : start * RATE + len(line)] = line
    return track


def transcribe(service: TranscriptionService, samples: Samples, **options: object) -> list[Segment]:
    asked = TranscriptionOptions(recognition=ENGLISH, vad=service.settings.vad)
    for key, value in options.items():
        object.__setattr__(asked, key, value)
    with spool(samples) as file, service.start(file, asked) as run:
        return list(run)


def as_said(segments: list[Segment]) -> str:
    """What was heard; a cut elsewhere makes a "men" of the man."""
    return "".join(segment.text for segment in segments).strip().replace("men", "man")


def test_times_are_those_of_the_recording_though_silence_was_cut(
    embedded: TranscriptionService, hello: Samples
) -> None:
    starts = [3, 40, 100]
    segments = transcribe(embedded, at(hello, starts, 120))
    assert [as_said([s]) for s in segments] == [HELLO_TEXT] * 3
    for segment, start in zip(segments, starts, strict=True):
        assert abs(segment.start - start) < 0.5
        assert "".join(w.text for w in segment.words) == segment.text
        times = [t for w in segment.words for t in (w.start, w.end)]
        assert times == sorted(times)
        assert start <= times[0] < times[-1] <= start + len(hello) / RATE + 0.1


def test_pieces_lose_nothing_and_double_nothing(hello: Samples) -> None:
    starts = list(range(2, 65, 7))
    track = at(hello, starts, 75)
    with embedded_service(asr_chunk_s=30.0) as service:
        segments = transcribe(service, track)
    assert as_said(segments) == " ".join([HELLO_TEXT] * len(starts))
    words = [w for s in segments for w in s.words]
    times = [w.start for w in words]
    assert times == sorted(times)
    firsts = words[:: len(HELLO_TEXT.split())]
    assert all(abs(w.start - s) < 0.5 for w, s in zip(firsts, starts, strict=True))


def test_a_stream_gives_the_same_words(embedded: TranscriptionService, hello: Samples) -> None:
    track = at(hello, list(range(2, 29, 9)), 32)
    whole = transcribe(embedded, track)
    streamed = transcribe(embedded, track, streaming=True)
    assert "".join(s.text for s in streamed) == "".join(s.text for s in whole)
    assert len(whole) == 3


def test_silence_is_empty_and_costs_the_engine_nothing(service: TranscriptionService) -> None:
    asked = TranscriptionOptions(vad=service.settings.vad)
    with spool(np.zeros(10 * RATE, dtype=np.float32)) as file, service.start(file, asked) as run:
        assert list(run) == []
        assert run.transcript.text == ""
        assert run.transcript.language is None
        assert run.transcript.duration == 10
        assert run.report.engine_s == 0


def test_without_vad_everything_reaches_the_engine(service: TranscriptionService, line: Samples) -> None:
    samples = at(line, [1], 12)
    with spool(samples) as file, service.start(file, TranscriptionOptions(recognition=ENGLISH)) as run:
        assert LINE.text in "".join(s.text for s in run)
        assert run.report.speech_s == 12


def test_a_failing_vad_is_logged_and_does_not_fail_the_request(
    service: TranscriptionService, line: Samples, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import faster_whisper.vad

    def broken() -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(faster_whisper.vad, "get_vad_model", broken)
    with caplog.at_level(logging.WARNING, logger="voice_stack.asr"):
        segments = transcribe(service, at(line, [1], 6))
    assert LINE.text in "".join(s.text for s in segments)
    assert "without" in caplog.text


def test_raw_pcm_is_taken_at_its_word(service: TranscriptionService, line: Samples) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(to_s16le(line))
        file.seek(0)
        asked = TranscriptionOptions(recognition=ENGLISH, raw=RawPcm(), vad=VadOptions())
        with service.start(file, asked) as run:
            assert "".join(s.text for s in run).strip() == LINE.text


def test_bad_audio_fails_before_an_engine_is_loaded(tiny_ct2: Path) -> None:
    with service_for(tiny_ct2, asr_max_audio_s=5.0) as service:
        with tempfile.TemporaryFile() as file:
            file.write(b"no audio" * 100)
            with pytest.raises(InvalidAudioError):
                service.start(file, TranscriptionOptions())
        with spool(np.zeros(6 * RATE, dtype=np.float32)) as file, pytest.raises(AudioTooLongError):
            service.start(file, TranscriptionOptions())
        with pytest.raises(ModelNotFoundError):
            service.start(io.BytesIO(), TranscriptionOptions(model="nonsense"))
        assert service.host.status()["state"] == "idle"


def test_a_run_that_is_stopped_ends_with_the_next_segment(service: TranscriptionService, line: Samples) -> None:
    stop = threading.Event()
    track = at(line, list(range(2, 285, 9)), 300)
    asked = TranscriptionOptions(recognition=ENGLISH, vad=service.settings.vad)
    with spool(track) as file, service.start(file, asked, Ask(stop)) as run:
        taken = [next(run.__iter__())]
        stop.set()
        with pytest.raises(CancelledWorkError):
            taken.extend(run)
    assert len(taken) < 31


def test_a_run_that_is_closed_frees_its_engine(service: TranscriptionService, line: Samples) -> None:
    asked = TranscriptionOptions(recognition=ENGLISH, vad=service.settings.vad)
    with spool(at(line, [1, 50, 100], 120)) as file:
        run = service.start(file, asked)
        next(iter(run))
        run.close()
        run.close()
    service.host.pool.reset()
    assert service.host.status()["state"] == "idle", "the engine is still leased"


def test_nothing_ends_after_the_recording(service: TranscriptionService, line: Samples) -> None:
    samples = line[: len(line) - RATE // 4]
    segments = transcribe(service, samples)
    assert segments
    assert all(t <= len(samples) / RATE for s in segments for t in (s.end, *(w.end for w in s.words)))


@pytest.mark.parametrize(
    ("clip", "engine"), [("en-sentence-3", "pocketsphinx"), ("de-sentence-1", "faster-whisper")], ids=["en", "de"]
)
def test_a_language_that_nobody_named_is_told_and_goes_to_its_engine(tiny_ct2: Path, clip: str, engine: str) -> None:
    by_language = {"asr_engines_by_language": "en=pocketsphinx,*=faster-whisper"}
    with service_for(tiny_ct2, **by_language) as service, spool(render(EXACT[clip]).samples) as file:
        with service.start(file, TranscriptionOptions()) as run:
            assert run.start.engine == engine
            assert [segment.text for segment in run]
        with service.start(file, TranscriptionOptions(model=tiny_ct2.name)) as run:
            assert run.start.engine == "faster-whisper", "a client that names a model gets that one"


def test_silence_goes_to_the_engine_of_all_other_languages(tiny_ct2: Path) -> None:
    by_language = {"asr_engines_by_language": "en=pocketsphinx,*=faster-whisper"}
    with service_for(tiny_ct2, **by_language) as service, spool(np.zeros(RATE, np.float32)) as file:
        with service.start(file, TranscriptionOptions()) as run:
            assert (run.start.engine, list(run)) == ("faster-whisper", [])


def test_a_piece_goes_on_from_the_tokens_before_it(
    tiny_ct2: Path, line: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their times: after a prompt of text alone Whisper times its window as one, and loses what comes behind."""
    asked: list[RecognitionRequest] = []
    transcribe = FasterWhisperEngine.transcribe

    def recorded(engine: FasterWhisperEngine, clip: AudioClip, request: RecognitionRequest, *more: Any) -> Recognition:
        asked.append(request)
        return transcribe(engine, clip, request, *more)

    monkeypatch.setattr(FasterWhisperEngine, "transcribe", recorded)
    phrase = np.concatenate([line, np.zeros(2 * RATE, np.float32)])
    samples = np.tile(phrase, -(-40 * RATE // len(phrase)))
    with service_for(tiny_ct2, asr_chunk_s=30.0) as service, spool(samples) as file:
        run = service.start(file, TranscriptionOptions(ENGLISH))
        segments = list(run)
        run.close()
    first, second = asked[:2]
    assert first.prompt_tokens == ()
    before = [token for segment in segments for token in segment.tokens]
    assert list(second.prompt_tokens) == before[: len(second.prompt_tokens)] != []
