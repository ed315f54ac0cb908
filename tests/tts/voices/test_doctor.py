"""The doctor says what is wrong, what to do, and takes the best part."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reference_doctor import degradations as spoil
from benchmarks.reference_doctor import music as played
from tests.audio.quality.conftest import voice as voice
from tests.real_models import real_model
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.loudness import loudness
from voice_stack.core.errors import AudioProcessingError
from voice_stack.core.settings import Settings, load_settings
from voice_stack.tts.voices.denoise import Denoiser, find_denoiser
from voice_stack.tts.voices.doctor import Doctor, read_recording, reference_doctor
from voice_stack.tts.voices.report import Report, Verdict

RATE = 16_000


def doctor_with(**flags: object) -> Doctor:
    return reference_doctor(load_settings(Settings, _env_file=None, **flags))


@pytest.fixture(scope="module")
def doctor() -> Doctor:
    # DNSMOS takes most of the time, and says something of its own in one test only.
    return doctor_with(speaker_model="", tts_reference_dnsmos="none")


def said(doctor: Doctor, samples: Samples) -> Report:
    return doctor.examine(AudioClip(samples.astype(np.float32), RATE))


def test_a_clean_recording_is_good(voice: AudioClip) -> None:
    report = doctor_with(speaker_model="").examine(voice)
    assert (report.verdict, report.codes, report.advice) == (Verdict.GOOD, [], "")
    assert report.window is not None
    assert report.window.seconds > 6


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("noisy", Verdict.UNUSABLE),
        ("clipped", Verdict.UNUSABLE),
        ("too_short", Verdict.UNUSABLE),
        ("silent", Verdict.UNUSABLE),
        ("music", Verdict.UNUSABLE),
        ("reverberant", Verdict.UNUSABLE),
        ("hum", Verdict.USABLE),
        ("narrow_band", Verdict.USABLE),
        ("quiet", Verdict.USABLE),
    ],
)
def test_each_fault_has_its_code_and_its_advice(doctor: Doctor, voice: AudioClip, code: str, verdict: Verdict) -> None:
    x = voice.samples
    spoilt: dict[str, Callable[[], Samples]] = {
        "noisy": lambda: spoil.mixed(x, spoil.white(len(x), 1), RATE, 5.0),
        "clipped": lambda: spoil.clipped(x, 15, level_db=-6),
        "too_short": lambda: x[: 2 * RATE],
        "silent": lambda: np.zeros(len(x), np.float32),
        "music": lambda: spoil.mixed(x, played.chords(8.0, RATE, 1), RATE, 5.0),
        "reverberant": lambda: spoil.reverberant(x, RATE, 1.2, 1),
        "hum": lambda: spoil.hummed(x, RATE, 50, 25.0, 1),
        "narrow_band": lambda: spoil.narrowed(x, RATE, 8000),
        "quiet": lambda: x * np.float32(10 ** (-40 / 20)),
    }
    report = said(doctor, spoilt[code]())
    assert code in report.codes
    finding = next(one for one in report.findings if one.code == code)
    assert finding.verdict is verdict
    assert report.verdict in (verdict, Verdict.UNUSABLE)
    assert finding.advice.endswith(".")
    assert ". " not in finding.advice, "one sentence"


def test_music_alone_is_no_speech(doctor: Doctor) -> None:
    report = said(doctor, spoil.at_level(played.band(8.0, RATE, 1).astype(np.float32), -6))
    assert {"music", "no_speech"} <= set(report.codes)
    assert report.verdict is Verdict.UNUSABLE
    assert report.window is None


def test_what_cannot_be_measured_says_why(doctor: Doctor, voice: AudioClip) -> None:
    missing = doctor.examine(voice).not_available
    assert "SPEAKER_MODEL" in missing["speakers"]
    broken = doctor_with(speaker_model="/nowhere/campplus.onnx").examine(voice)
    assert "speakers" in broken.not_available
    assert broken.find("speakers") is None


def test_thresholds_are_settings(voice: AudioClip) -> None:
    strict = doctor_with(tts_reference_good_snr_db="99", tts_reference_min_snr_db="98").examine(voice)
    assert "noisy" in strict.codes
    assert strict.verdict is Verdict.UNUSABLE
    mild = doctor_with(tts_reference_min_s="1", tts_reference_advised_s="1.5")
    assert mild.examine(voice.slice(0, 2.0)).find("sound").verdict is Verdict.GOOD  # type: ignore[union-attr]


def test_the_report_is_plain_data(doctor: Doctor, voice: AudioClip) -> None:
    told = json.loads(json.dumps(doctor.examine(voice).to_json(), allow_nan=False))
    assert told["verdict"] == "good"
    assert told["window"]["end"] <= voice.duration
    for count, level in ((0, 0.0), (RATE, 0.0), (RATE, 0.5), (100, 0.1)):
        json.dumps(said(doctor, np.full(count, level, np.float32)).to_json(), allow_nan=False)


def test_the_clean_part_is_taken(doctor: Doctor, voice: AudioClip) -> None:
    noisy = spoil.mixed(voice.samples, spoil.white(len(voice.samples), 1), RATE, 5.0)
    gap = np.zeros(RATE, np.float32)
    both = AudioClip(np.concatenate([noisy, gap, voice.samples]), RATE)
    prepared = doctor.prepare(both)
    assert prepared.window.start_s > voice.duration
    assert prepared.report_before.verdict is not Verdict.GOOD
    assert prepared.report_after.verdict is Verdict.GOOD
    assert prepared.clip.duration == pytest.approx(prepared.window.seconds, abs=0.01)


def test_it_is_levelled_without_an_offset_and_bent_nowhere(doctor: Doctor, voice: AudioClip) -> None:
    off = AudioClip(np.clip(voice.samples * np.float32(0.05) + np.float32(0.02), -1, 1), RATE)
    clip = doctor.prepare(off).clip
    assert loudness(clip.samples, RATE) == pytest.approx(-23, abs=0.5)
    assert abs(float(clip.samples.mean())) < 1e-3
    assert np.abs(clip.samples).max() <= 10 ** (-1 / 20) + 1e-6
    assert clip.samples[0] == 0
    assert clip.samples[-1] == pytest.approx(0, abs=1e-3)


def test_a_long_recording_is_cut_in_a_pause(doctor: Doctor, voice: AudioClip) -> None:
    long = AudioClip(np.concatenate([voice.samples] * 4), RATE)
    window = doctor.prepare(long).window
    assert 6 <= window.seconds <= 10
    edge = long.slice(window.end_s - 0.05, window.end_s + 0.02).samples
    assert np.abs(edge).max() < 0.02


def test_silence_can_be_prepared_too(doctor: Doctor) -> None:
    prepared = doctor.prepare(AudioClip(np.zeros(5 * RATE, np.float32), RATE))
    assert prepared.report_before.codes[0] in ("silent", "too_short")
    assert not prepared.clip.samples.any()


def test_several_recordings_are_examined_as_one(doctor: Doctor, voice: AudioClip) -> None:
    short = AudioClip(voice.samples[: 3 * RATE], RATE)
    assert "short" in doctor.examine(short).codes or "too_short" in doctor.examine(short).codes
    other = AudioClip(spoil.resampled(voice.samples, RATE, 24_000), 24_000)
    duration = doctor.examine([short, other]).find("duration")
    assert duration is not None
    assert duration.value == pytest.approx(3.5 + voice.duration, abs=0.1)


def test_a_file_is_read_at_its_own_rate(voice: AudioClip, tmp_path: Path) -> None:
    from tests.e2e.conftest import write_wav

    for rate in (8000, 22_050, 44_100, 96_000):
        path = write_wav(tmp_path / f"{rate}.wav", spoil.resampled(voice.samples, RATE, rate), rate)
        with path.open("rb") as file:
            clip = read_recording(file)
        assert clip.sample_rate == min(rate, 48_000)
        assert clip.duration == pytest.approx(voice.duration, abs=0.01)


def test_two_readers_are_told_from_one(corpus: Path) -> None:
    folder = real_model("campplus")
    if folder is None or not (folder / "campplus.onnx").is_file():
        pytest.skip("CAM++ is not here: make real MODELS=campplus")
    doctor = doctor_with(speaker_model=str(folder))
    readers = sorted((corpus / "asr" / "librispeech_test-other").iterdir())[:2]
    clips = []
    for reader in readers:
        with sorted(reader.glob("*.flac"))[0].open("rb") as file:
            clips.append(read_recording(file).slice(0, 6.0))
    alone = doctor.examine(clips[0]).find("speakers")
    assert alone is not None
    assert alone.verdict is Verdict.GOOD
    both = AudioClip(spoil.one_after_the_other(clips[0].samples, clips[1].samples, RATE, 0.4, 10.0), RATE)
    prepared = doctor.prepare(both)
    assert "several_speakers" in prepared.report_before.codes
    assert "several_speakers" not in prepared.report_after.codes


def test_without_the_package_the_noise_stays_and_that_is_said(
    voice: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice_stack.tts.voices.doctor.find_denoiser", lambda: None)
    noisy = AudioClip(spoil.mixed(voice.samples, spoil.pink(len(voice.samples), 1), RATE, 10), RATE)
    prepared = doctor_with(tts_reference_denoise="true").prepare(noisy)
    assert not prepared.denoised
    assert "pip install" in prepared.report_after.not_available["denoise"]
    assert "denoise" not in doctor_with().prepare(noisy).report_after.not_available


def test_a_library_that_fails_costs_nothing_but_the_noise(voice: AudioClip, tmp_path: Path) -> None:
    (tmp_path / "libdeepfilter.so").write_bytes(b"no library")
    with pytest.raises(AudioProcessingError, match="failed"):
        Denoiser(tmp_path / "libdeepfilter.so", tmp_path)(voice)


def test_noise_is_taken_off_where_deepfilternet_is(voice: AudioClip) -> None:
    if find_denoiser() is None:
        pytest.skip("DeepFilterNet is not installed: the extra `denoise`")
    noisy = AudioClip(spoil.mixed(voice.samples, spoil.pink(len(voice.samples), 1), RATE, 10), RATE)
    prepared = doctor_with(tts_reference_denoise="true").prepare(noisy)
    assert prepared.denoised
    before, after = (report.find("snr") for report in (prepared.report_before, prepared.report_after))
    assert before is not None
    assert after is not None
    assert float(after.value or 0) > float(before.value or 0) + 10
