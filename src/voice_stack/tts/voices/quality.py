"""Recordings that are good enough to clone a voice from, or not, with the measured reason."""

import math
from collections.abc import Mapping
from statistics import median
from typing import Final

from voice_stack.audio.quality.levels import ENOUGH_SPEECH_S, SILENCE_DB
from voice_stack.audio.quality.levels import Measurement as Measurement
from voice_stack.audio.quality.levels import measure as measure
from voice_stack.tts.recordings import MAX_RECORDING_S

MIN_SOUND_S: Final = 3.0
MIN_SNR_DB: Final = 14.0
"""By this measure clean LibriSpeech, LJ Speech and the like have 20 to 80 dB, a talk in a noisy room 16, speech with
background noise mixed in at 10 dB 15 to 18, at 5 dB 13 at most. White noise, which is cloned the worst, needs 15 dB."""
MAX_CLIPPED: Final = 0.005
"""A clean recording brought to full scale has 0.002; one that is driven 15 dB over it has 0.01 or more."""

# In a shorter recording the quietest moments tell little of the noise.
_SURE_SNR_S: Final = 2.0
_MOST: Final = "Most of the recordings"


def find_problem(recordings: Mapping[str, Measurement]) -> str | None:
    """Reason why a voice cannot be cloned from its recordings, with what was measured; None when there is none.

    Args:
        recordings: by the name that the reason calls them.
    """
    if not recordings:
        return "There is no recording."
    total = sum(recording.duration_s for recording in recordings.values())
    if total > MAX_RECORDING_S:
        return f"The recordings are {total / 60:.1f} minutes long; at most {MAX_RECORDING_S / 60:.0f} are taken."
    if all(recording.level_db < SILENCE_DB for recording in recordings.values()):
        loudest = max(recording.level_db for recording in recordings.values())
        return f"There is only silence in it: {loudest:.0f} dBFS at its loudest."
    sound = sum(recording.sound_s for recording in recordings.values())
    if sound < MIN_SOUND_S:
        shown = math.floor(sound * 10) / 10  # 2.96 are not 3.0
        return f"It has {shown:.1f} seconds of sound, long silence left out; at least {MIN_SOUND_S:g} are needed."
    if sum(recording.speech_s for recording in recordings.values()) < ENOUGH_SPEECH_S:
        return "Nobody speaks in it, as far as the detection of speech can tell."
    name, clipped = max(((name, r.clipped) for name, r in recordings.items()), key=lambda pair: pair[1])
    if clipped > MAX_CLIPPED:
        return (
            f"{name} is clipped: {clipped:.1%} of its samples are cut off at full scale; {MAX_CLIPPED:.1%} are "
            "tolerated. Record it again at a lower level."
        )
    return _find_noise(recordings)


def _find_noise(recordings: Mapping[str, Measurement]) -> str | None:
    """The noisiest of the recordings that are long enough to tell; of short ones their median."""
    judged = {name: r.snr_db for name, r in recordings.items() if r.duration_s >= _SURE_SNR_S}
    short = [r.snr_db for r in recordings.values() if r.duration_s < _SURE_SNR_S]
    if short:
        judged[_MOST] = median(short)
    name, snr = min(judged.items(), key=lambda pair: pair[1])
    if snr >= MIN_SNR_DB:
        return None
    return (
        f"{name} {'are' if name == _MOST else 'is'} too noisy: the speech is {max(snr, 0):.0f} dB above the noise; "
        f"at least {MIN_SNR_DB:g} dB are needed."
    )
