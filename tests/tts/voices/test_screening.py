"""Which recordings are good enough to clone a voice from, with the measured reason."""

import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reference_doctor import degradations as spoil
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.quality import levels
from voice_stack.audio.quality.clipping import Clipping
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import VadError
from voice_stack.core.settings import Settings, load_settings
from voice_stack.tts.voices.doctor import read_recording, reference_doctor
from voice_stack.tts.voices.reference_options import ReferenceOptions
from voice_stack.tts.voices.report import Verdict
from voice_stack.tts.voices.screening import Screened, find_problem, screen, screen_file, together
from voice_stack.tts.voices.verdicts import Judge

OPTIONS = ReferenceOptions()
JUDGE = Judge(OPTIONS)


def clip(samples: Samples) -> AudioClip:
    return AudioClip(samples.astype(np.float32), SAMPLE_RATE)


def screened(clip: AudioClip) -> Screened:
    return screen(clip, clip)


def problem(*clips: AudioClip) -> str | None:
    return find_problem({f"{number}.wav": screened(clip) for number, clip in enumerate(clips, 1)}, JUDGE)


def in_file(path: Path) -> str | None:
    with path.open("rb") as file:
        return find_problem({path.name: screen_file(file)}, JUDGE)


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
    measured = screened(speech).levels
    assert problem(speech) is None
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
    assert find_problem({}, JUDGE) == "There is no recording."


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
    assert re.match(r"1\.wav is clipped: \d+\.\d% of its samples are cut off flat\. Record it again at a", reason)
    assert screened(driven).clipping.full_scale > 2 * OPTIONS.max_full_scale
    softer = clip(driven.samples * 0.3)
    assert "cut off flat" in (problem(softer) or ""), "made softer afterwards"


def test_clipping_is_refused_after_a_codec(speech: AudioClip, tmp_path: Path) -> None:
    full = speech.samples / np.abs(speech.samples).max()
    for gain_db, refused in ((0, False), (15, True)):
        driven = clip(np.clip(full * 10 ** (gain_db / 20), -1, 1))
        (tmp_path / "anna.mp3").write_bytes(encode_whole(driven, AudioFormat.MP3))
        assert ("clipped" in (in_file(tmp_path / "anna.mp3") or "")) == refused


def test_a_limiter_is_no_reason(speech: AudioClip) -> None:
    """A high pile with few samples in it, as LJ Speech has here and there."""
    peaks = speech.samples / np.abs(speech.samples).max()
    limited = np.where(np.abs(peaks) > 0.9, np.sign(peaks) * (0.9 + 0.1 * (np.abs(peaks) - 0.9)), peaks)
    few = Clipping(flat=0.0, pile_up=3.7, piled=0.002, full_scale=0.0003)
    assert [finding.verdict for finding in JUDGE.clipping(few)] == [Verdict.GOOD, Verdict.USABLE, Verdict.GOOD]
    many = replace(few, piled=0.01)
    assert Verdict.UNUSABLE in [finding.verdict for finding in JUDGE.clipping(many)]
    assert problem(clip(0.8 * limited)) is None


def test_speech_brought_to_full_scale_is_taken(speech: AudioClip) -> None:
    assert problem(clip(speech.samples / np.abs(speech.samples).max())) is None


def test_one_clipped_recording_of_several_is_named(speech: AudioClip) -> None:
    driven = clip(np.clip(speech.samples * 30, -1, 1))
    assert (problem(speech, driven, speech) or "").startswith("2.wav is clipped")


@pytest.mark.parametrize("snr_db", [0.0, 5.0, 10.0])
def test_noise_is_refused_and_measured(speech: AudioClip, snr_db: float) -> None:
    noisy = clip(speech.samples + noise(speech, snr_db))
    assert screened(noisy).levels.snr_db == pytest.approx(snr_db, abs=2)
    assert re.match(
        r"1\.wav is too noisy: the speech is -?\d+ dB above the noise; at least 14 dB", problem(noisy) or ""
    )


@pytest.mark.parametrize("snr_db", [20.0, 30.0])
def test_a_little_noise_is_taken(speech: AudioClip, snr_db: float) -> None:
    noisy = clip(speech.samples + noise(speech, snr_db))
    assert screened(noisy).levels.snr_db == pytest.approx(snr_db, abs=2)
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
    long = screened(speech)
    many = {f"{number}.wav": long for number in range(200)}
    assert find_problem(many, JUDGE) == "The recordings are 18.0 minutes long; at most 10 are taken."


def test_ten_minutes_are_measured_in_little_memory(speech: AudioClip, tmp_path: Path) -> None:
    long = clip(np.tile(speech.samples, 110))
    (tmp_path / "anna.wav").write_bytes(encode_whole(long, AudioFormat.WAV))
    tracemalloc.start()
    try:
        with (tmp_path / "anna.wav").open("rb") as file:
            measured = screen_file(file).levels
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * long.samples.nbytes
    assert measured.duration_s == pytest.approx(594.4, abs=1)
    assert measured.snr_db == pytest.approx(screened(speech).levels.snr_db, abs=6)


def test_another_sample_rate_is_a_mistake_of_the_caller(speech: AudioClip) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        screened(AudioClip(speech.samples, 24_000))


def test_the_doctor_says_the_same_of_a_file(speech: AudioClip, tmp_path: Path) -> None:
    """One judge: what refuses a file in the folder makes the doctor's report unusable, by the same values."""
    doctor = reference_doctor(load_settings(Settings, _env_file=None, speaker_model=""))
    for number, spoilt in enumerate(
        (
            speech.samples,
            speech.samples[: 2 * SAMPLE_RATE],
            speech.samples + noise(speech, 5.0),
            np.clip(speech.samples * 30, -1, 1),
            np.zeros(4 * SAMPLE_RATE, np.float32),
        )
    ):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(encode_whole(clip(spoilt), AudioFormat.WAV))
        with path.open("rb") as file:
            report = doctor.examine(read_recording(file))
        assert (in_file(path) is not None) == (report.verdict is Verdict.UNUSABLE), report.codes


def test_a_threshold_of_the_doctor_is_one_of_the_folder(speech: AudioClip) -> None:
    short = {"anna.wav": screened(speech.slice(0.0, 2.4))}
    assert find_problem(short, Judge(ReferenceOptions(min_s=2.0))) is None
    assert "at least 4 are needed" in (find_problem(short, Judge(ReferenceOptions(min_s=4.0))) or "")


def test_what_is_only_advice_refuses_no_file_of_the_owner(speech: AudioClip, tmp_path: Path) -> None:
    """A telephone, a large room, a soft voice: the doctor tells of them, and the owner has decided."""
    x = speech.samples
    for number, spoilt in enumerate(
        (
            spoil.narrowed(x, SAMPLE_RATE, 8000),
            spoil.reverberant(x, SAMPLE_RATE, 0.8, 1),
            x * np.float32(0.01),
        )
    ):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(encode_whole(clip(spoilt), AudioFormat.WAV))
        assert in_file(path) is None, number


def test_the_pauses_between_recordings_are_not_those_of_the_room(speech: AudioClip) -> None:
    noisy = clip(speech.samples + noise(speech, 5.0))
    parts = [noisy.slice(start, start + 2.5) for start in (0.0, 2.5, 0.5, 2.8)]
    assert together([screened(part) for part in parts]).levels.snr_db < OPTIONS.min_snr_db
    doctor = reference_doctor(load_settings(Settings, _env_file=None, speaker_model=""))
    assert "noisy" in doctor.examine(parts).codes


def test_the_corpus_noisy_recordings_fall_on_the_right_side(corpus: Path) -> None:
    verdicts = {}
    for path in sorted((corpus / "noisy").glob("*.flac")):
        stated = float(path.stem.rpartition("_snr")[2])
        verdicts[path.stem] = (stated, in_file(path))
    assert len(verdicts) == 8
    for name, (stated, reason) in verdicts.items():
        assert (reason is not None and "too noisy" in reason) == (stated <= 5), (name, reason)


@pytest.mark.parametrize(("every", "least"), [(12, 6), pytest.param(1, 75, marks=pytest.mark.long)])
def test_the_corpus_clean_recordings_are_taken(corpus: Path, every: int, least: int) -> None:
    clean = ("asr/librispeech", "asr/ljspeech", "asr/jfk", "speaker/", "multilingual/")
    manifest = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [entry for entry in map(json.loads, manifest) if entry["path"].startswith(clean)]
    lowest, judged = 100.0, 0
    for entry in [entry for entry in entries if entry.get("snr_db") is None and entry["duration_s"] > 3.05][::every]:
        assert in_file(corpus / entry["path"]) is None
        measured = screened(load(corpus / entry["path"])).levels
        lowest, judged = min(lowest, measured.snr_db), judged + 1
    assert judged > least
    assert lowest > OPTIONS.min_snr_db + 4


@pytest.mark.parametrize("name", ["noise/sb_noise1.wav", "noise/sb_noise2.wav", "noise/esc50_4-156993-A-19.wav"])
def test_the_corpus_noises_are_no_voices(corpus: Path, name: str) -> None:
    assert in_file(corpus / name) is not None
