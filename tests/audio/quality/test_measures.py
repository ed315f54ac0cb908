"""What is done to a recording is what is measured of it."""

import numpy as np
import pytest

from benchmarks.reference_doctor import degradations as spoil
from benchmarks.reference_doctor import music as played
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.quality.bandwidth import bandwidth
from voice_stack.audio.quality.clipping import Clipping, clipping
from voice_stack.audio.quality.hum import hum
from voice_stack.audio.quality.levels import measure, spoken
from voice_stack.audio.quality.music import music
from voice_stack.audio.quality.reverberation import reverberation

RATE = 16_000
EMPTY = AudioClip(np.zeros(0, np.float32), RATE)
SILENCE = AudioClip(np.zeros(3 * RATE, np.float32), RATE)


def at16(samples: Samples) -> AudioClip:
    return AudioClip(samples, RATE)


def test_clean_speech_has_no_faults(voice: AudioClip) -> None:
    assert clipping(voice).flat == 0
    assert clipping(voice).pile_up < 1.1
    assert bandwidth(voice) >= 7000
    assert hum(voice) is None
    room = reverberation(voice)
    assert room is not None
    assert room <= 0.25
    found = music(voice)
    assert found.steady < 0.06
    assert found.beat < 0.24


@pytest.mark.parametrize("level_db", [0.0, -20.0])
def test_clipping_is_seen_at_any_level(voice: AudioClip, level_db: float) -> None:
    flats = [clipping(at16(spoil.clipped(voice.samples, drive, level_db=level_db))).flat for drive in (6, 10, 20)]
    assert 0.0005 < flats[0] < flats[1] < flats[2]


def test_clipping_is_seen_after_resampling_and_in_a_soft_limiter(voice: AudioClip) -> None:
    resampled = spoil.resampled(spoil.clipped(voice.samples, 15, level_db=-3), RATE, 44_100)
    assert clipping(AudioClip(resampled, 44_100)).pile_up > 1.15
    assert clipping(at16(spoil.saturated(voice.samples, 20))).pile_up > 1.15


@pytest.mark.parametrize(("through", "edge"), [(8000, 4000), (11025, 5500)])
def test_the_bandwidth_is_the_true_one(voice: AudioClip, through: int, edge: float) -> None:
    wide = spoil.resampled(spoil.narrowed(voice.samples, RATE, through), RATE, 48_000)
    assert bandwidth(AudioClip(wide, 48_000)) == pytest.approx(edge, abs=400)


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_told_with_its_frequency_and_level(voice: AudioClip, mains: int) -> None:
    found = hum(at16(spoil.hummed(voice.samples, RATE, mains, 20.0, seed=1)))
    assert found is not None
    assert found.mains_hz == mains
    assert found.level_db == pytest.approx(-20, abs=4)


def test_a_larger_room_is_a_longer_time(voice: AudioClip) -> None:
    times = [reverberation(at16(spoil.reverberant(voice.samples, RATE, rt60, seed=2))) for rt60 in (0.3, 0.6, 1.2)]
    rooms = [time for time in times if time is not None]
    assert len(rooms) == 3
    assert 0.2 < rooms[0] < rooms[1] < rooms[2]


@pytest.mark.parametrize("make", [played.chords, played.melody, played.band])
def test_notes_lie_still(voice: AudioClip, make: object) -> None:
    sound = make(8.0, RATE, 3)  # type: ignore[operator]
    assert music(at16(spoil.at_level(sound.astype(np.float32), -6))).steady > 0.3
    assert music(at16(spoil.mixed(voice.samples, sound, RATE, 10.0))).steady > 0.06


def test_drums_keep_a_beat(voice: AudioClip) -> None:
    sound = played.drums(8.0, RATE, 3)
    assert music(at16(spoil.at_level(sound.astype(np.float32), -6))).beat > 0.45
    assert music(at16(spoil.mixed(voice.samples, sound, RATE, 5.0))).beat > 0.24


def test_hum_is_no_music(voice: AudioClip) -> None:
    noisy = at16(spoil.hummed(voice.samples, RATE, 50, 15.0, seed=1))
    assert music(noisy).steady > music(noisy, mains_hz=50).steady


def test_noise_lowers_the_ratio(voice: AudioClip) -> None:
    ratios = [
        measure(at16(spoil.mixed(voice.samples, spoil.white(len(voice.samples), 1), RATE, db))).snr_db
        for db in (30, 20, 10, 0)
    ]
    assert ratios == sorted(ratios, reverse=True)


def test_all_of_the_speech_is_found(voice: AudioClip) -> None:
    spans = spoken(voice)
    assert spans
    assert 5 < sum(span.end - span.start for span in spans) / RATE < 9
    long = AudioClip(np.concatenate([SILENCE.samples] * 10 + [voice.samples]), RATE)
    later = spoken(long)
    assert later
    assert later[0].start > 29 * RATE


@pytest.mark.parametrize("clip", [EMPTY, SILENCE, at16(np.full(RATE, 0.5, np.float32))], ids=["empty", "zeros", "dc"])
def test_what_is_no_sound_has_measures_too(clip: AudioClip) -> None:
    if clip is not EMPTY and not clip.samples.any():
        assert clipping(clip) == Clipping(0.0, 0.0, 0.0, 0.0)
        assert bandwidth(clip) == 0
    assert hum(clip) is None
    assert reverberation(clip) is None
    assert 0 <= music(clip).steady <= 1
    assert spoken(clip) == []


def test_other_rates_are_refused_where_they_would_lie() -> None:
    clip = AudioClip(np.zeros(44_100, np.float32), 44_100)
    for measured in (music, reverberation, measure):
        with pytest.raises(ValueError, match="44100"):
            measured(clip)
