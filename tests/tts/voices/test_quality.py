"""Which recordings are good enough to clone a voice from, with the measured reason."""

import json
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.quality import levels
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import VadError
from voice_stack.tts.voices.quality import MAX_CLIPPED, MIN_SNR_DB, find_problem, measure


def clip(samples: Samples) -> AudioClip:
    return AudioClip(samples.astype(np.float32), SAMPLE_RATE)


def problem(*clips: AudioClip) -> str | None:
    return find_problem({f"{number}.wav": measure(clip) for number, clip in enumerate(clips, 1)})


def noise(like: AudioClip, snr_db: float, seed: int = 1) -> Samples:
    """White noise so many decibels below the mean power of the frames that sound."""
    frames = like.samples[: len(like.samples) // 480 * 480].reshape(-1, 480)
    power = np.square(frames).mean(axis=1)
    speech = power[power > power.max() * 1e-3].mean()
    white = np.random.default_rng(seed).standard_normal(len(like.samples))
    scaled: Samples = (white * np.sqrt(speech / 10 ** (snr_db / 10))).astype(np.float32)
    return scaled


def load(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, DecodeLimits(600.0), sample_rate=SAMPLE_RATE) as sound:
        return sound.read(600.0)


def test_clean_speech_is_taken(speech: AudioClip) -> None:
    measured = measure(speech)
    assert find_problem({"anna.wav": measured}) is None
    assert measured.duration_s == pytest.approx(speech.duration)
    assert 5.0 < measured.sound_s <= measured.duration_s
    assert measured.snr_db > 40


@pytest.mark.parametrize("gain", [1.0, 0.03])
def test_a_low_level_is_no_reason(speech: AudioClip, gain: float) -> None:
    assert problem(clip(speech.samples * gain)) is None


def test_short_recordings_are_refused_unless_together_they_are_long_enough(speech: AudioClip) -> None:
    short = speech.slice(0.0, 2.4)
    assert problem(short) == "It has 2.4 seconds of sound, long silence left out; at least 3 are needed."
    assert problem(short, short) is None


def test_three_seconds_of_sound_are_enough(speech: AudioClip) -> None:
    assert problem(speech.slice(0.2, 3.2)) is None


def test_silence_is_not_counted(speech: AudioClip) -> None:
    silence = np.zeros(5 * SAMPLE_RATE, np.float32)
    padded = clip(np.concatenate([silence, speech.slice(0.0, 1.5).samples, silence]))
    assert re.match(r"It has 2\.\d seconds of sound", problem(padded) or "")


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(4 * SAMPLE_RATE, np.float32),
        np.full(4 * SAMPLE_RATE, 0.3, np.float32),
        np.random.default_rng(1).standard_normal(4 * SAMPLE_RATE).astype(np.float32) * 1e-4,
    ],
    ids=["zeros", "a constant voltage", "the noise of a dead microphone"],
)
def test_silence_is_refused(samples: Samples) -> None:
    assert re.match(r"There is only silence in it: -\d+ dBFS", problem(clip(samples)) or "")


def test_an_empty_clip_is_refused() -> None:
    assert problem(clip(np.zeros(0, np.float32))) is not None
    assert find_problem({}) == "There is no recording."


def test_sound_without_a_speaker_is_refused() -> None:
    times = np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (262, 330, 392)) * 0.2 * (np.sin(3 * times) > 0)
    assert (problem(clip(np.asarray(chord))) or "").startswith("Nobody speaks in it")


def test_without_the_detection_of_speech_recordings_are_judged_by_the_rest(
    speech: AudioClip, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise VadError("no onnxruntime")

    monkeypatch.setattr(levels, "speech_spans", broken)
    assert problem(speech) is None
    assert "no onnxruntime" in caplog.text
    assert "seconds of sound" in (problem(speech.slice(0.0, 2.0)) or "")


@pytest.mark.parametrize("gain_db", [15, 20, 30])
def test_speech_driven_over_full_scale_is_refused(speech: AudioClip, gain_db: float) -> None:
    full = speech.samples / np.abs(speech.samples).max()
    driven = clip(np.clip(full * 10 ** (gain_db / 20), -1, 1))
    reason = problem(driven) or ""
    assert re.match(r"1\.wav is clipped: \d+\.\d% of its samples", reason)
    assert measure(driven).clipped > 2 * MAX_CLIPPED


def test_speech_brought_to_full_scale_is_taken(speech: AudioClip) -> None:
    assert problem(clip(speech.samples / np.abs(speech.samples).max())) is None


def test_one_clipped_recording_of_several_is_named(speech: AudioClip) -> None:
    driven = clip(np.clip(speech.samples * 30, -1, 1))
    assert (problem(speech, driven, speech) or "").startswith("2.wav is clipped")


@pytest.mark.parametrize("snr_db", [0.0, 5.0, 10.0])
def test_noise_is_refused_and_measured(speech: AudioClip, snr_db: float) -> None:
    noisy = clip(speech.samples + noise(speech, snr_db))
    assert measure(noisy).snr_db == pytest.approx(snr_db, abs=2)
    assert re.match(
        r"1\.wav is too noisy: the speech is -?\d+ dB above the noise; at least 14 dB", problem(noisy) or ""
    )


@pytest.mark.parametrize("snr_db", [20.0, 30.0])
def test_a_little_noise_is_taken(speech: AudioClip, snr_db: float) -> None:
    noisy = clip(speech.samples + noise(speech, snr_db))
    assert measure(noisy).snr_db == pytest.approx(snr_db, abs=2)
    assert problem(noisy) is None


def test_one_noisy_recording_of_several_is_named(speech: AudioClip) -> None:
    noisy = clip(speech.samples + noise(speech, 3.0))
    assert (problem(speech, speech, noisy) or "").startswith("3.wav is too noisy")


def test_many_short_noisy_recordings_are_refused(speech: AudioClip) -> None:
    noisy = clip(speech.samples + noise(speech, 3.0))
    pieces = [noisy.slice(start, start + 1.0) for start in (0.3, 1.3, 3.0, 4.0)]
    assert (problem(*pieces) or "").startswith("Most of the recordings are too noisy")


def test_rumble_below_the_voice_is_no_noise(speech: AudioClip) -> None:
    rumble = (0.2 * np.sin(2 * np.pi * 20 * np.arange(len(speech.samples)) / SAMPLE_RATE)).astype(np.float32)
    assert problem(clip(speech.samples * 0.5 + rumble)) is None


def test_more_than_ten_minutes_are_refused(speech: AudioClip) -> None:
    long = measure(speech)
    many = {f"{number}.wav": long for number in range(200)}
    assert find_problem(many) == "The recordings are 18.0 minutes long; at most 10 are taken."


def test_ten_minutes_are_measured_in_little_memory(speech: AudioClip) -> None:
    long = clip(np.tile(speech.samples, 110))
    tracemalloc.start()
    try:
        measured = measure(long)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * long.samples.nbytes
    assert measured.duration_s == pytest.approx(594.4, abs=1)
    assert measured.snr_db == pytest.approx(measure(speech).snr_db, abs=6)


def test_another_sample_rate_is_a_mistake_of_the_caller(speech: AudioClip) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        measure(AudioClip(speech.samples, 24_000))


def test_the_corpus_noisy_recordings_fall_on_the_right_side(corpus: Path) -> None:
    verdicts = {}
    for path in sorted((corpus / "noisy").glob("*.flac")):
        stated = float(path.stem.rpartition("_snr")[2])
        verdicts[path.stem] = (stated, find_problem({path.name: measure(load(path))}))
    assert len(verdicts) == 8
    for name, (stated, reason) in verdicts.items():
        assert (reason is not None and "too noisy" in reason) == (stated <= 5), (name, reason)


def test_the_corpus_clean_recordings_are_taken(corpus: Path) -> None:
    clean = ("asr/librispeech", "asr/ljspeech", "asr/jfk", "speaker/", "multilingual/")
    manifest = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [entry for entry in map(json.loads, manifest) if entry["path"].startswith(clean)]
    lowest, judged = 100.0, 0
    for entry in [entry for entry in entries if entry.get("snr_db") is None and entry["duration_s"] > 3.05][::3]:
        measured = measure(load(corpus / entry["path"]))
        assert find_problem({entry["path"]: measured}) is None
        lowest, judged = min(lowest, measured.snr_db), judged + 1
    assert judged > 25
    assert lowest > MIN_SNR_DB + 4


@pytest.mark.parametrize("name", ["noise/sb_noise1.wav", "noise/sb_noise2.wav", "noise/esc50_4-156993-A-19.wav"])
def test_the_corpus_noises_are_no_voices(corpus: Path, name: str) -> None:
    assert find_problem({name: measure(load(corpus / name))}) is not None
