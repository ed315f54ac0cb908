"""Measures of recordings that tell whether anything can be cloned from them, and what they rule out.

They are the first that the doctor takes, and its judge has the say. They take milliseconds for a second of sound, so
that thousands of files that somebody keeps can be listened to.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import BinaryIO, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.quality.clipping import Clipping, clipping
from voice_stack.audio.quality.levels import Measurement, measure
from voice_stack.audio.resample import Resampler
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.tts.recordings import MAX_RECORDING_S, open_recording
from voice_stack.tts.voices.report import Finding, Verdict
from voice_stack.tts.voices.verdicts import Judge

CLIPPING_S: Final = 120.0
"""Seconds from the start of a recording whose peaks are looked at."""

# In a shorter recording the quietest moments tell little of the noise.
_SURE_SNR_S: Final = 2.0
_MOST: Final = "Most of the recordings"
_CLIPPED: Final[Mapping[str, Callable[[float], str]]] = {
    "clipping": lambda share: f"{share:.1%} of its samples are cut off flat",
    "full_scale": lambda share: f"{share:.1%} of its samples are cut off at full scale",
    "pile_up": lambda ratio: f"{ratio:.1f} times as many samples lie at one level as below it",
}


@dataclass(frozen=True, slots=True)
class Screened:
    """Measures of one recording, or of several as one."""

    levels: Measurement
    clipping: Clipping


def screen(clip: AudioClip, heard: AudioClip) -> Screened:
    """Measures of a recording.

    Args:
        clip: mono, at the rate at which it was recorded, since resampling hides clipping.
        heard: the same at 16,000 Hz.
    """
    return Screened(measure(heard), clipping(clip.slice(0.0, CLIPPING_S)))


def screen_file(file: BinaryIO) -> Screened:
    """Measures of a file; of its sound no more than two minutes at its own rate are held at once.

    Args:
        file: a real file (`fileno()`).

    Raises:
        InvalidAudioError: it is no audio.
        AudioTooLongError: it is longer than ten minutes.
        ServiceUnavailableError: there is no FFmpeg.
    """
    with open_recording(file) as sound:
        clip = sound.read(CLIPPING_S)
        peaks, resampler = clipping(clip), Resampler(clip.sample_rate, SAMPLE_RATE)
        heard = [resampler.write(clip.samples)]
        del clip
        heard += [resampler.write(samples) for samples in sound]
    samples: Samples = np.concatenate([*heard, resampler.finish()])
    del heard
    return Screened(measure(AudioClip(samples, SAMPLE_RATE)), peaks)


def together(recordings: Sequence[Screened]) -> Screened:
    """Measures of several recordings of one voice as one: the worst of each, and the sum of seconds.

    The noise is that of the noisiest that is long enough to tell; short ones count by their median.

    Args:
        recordings: at least one.
    """
    levels, peaks = [one.levels for one in recordings], [one.clipping for one in recordings]
    return Screened(
        Measurement(
            duration_s=sum(one.duration_s for one in levels),
            sound_s=sum(one.sound_s for one in levels),
            speech_s=sum(one.speech_s for one in levels),
            level_db=max(one.level_db for one in levels),
            snr_db=_noisiest({str(at): one for at, one in enumerate(levels)})[1],
        ),
        Clipping(
            flat=max(one.flat for one in peaks),
            pile_up=max(one.pile_up for one in peaks),
            piled=max(one.piled for one in peaks),
            full_scale=max(one.full_scale for one in peaks),
        ),
    )


def find_problem(recordings: Mapping[str, Screened], judge: Judge) -> str | None:
    """Reason why a voice cannot be cloned from its recordings, with what was measured; None when there is none.

    What the judge calls usable is no reason, nor is what only the whole examination finds.

    Args:
        recordings: by the name that the reason calls them.
    """
    if not recordings:
        return "There is no recording."
    levels = {name: one.levels for name, one in recordings.items()}
    whole, options = together(list(recordings.values())).levels, judge.options
    if whole.duration_s > MAX_RECORDING_S:
        minutes = whole.duration_s / 60
        return f"The recordings are {minutes:.1f} minutes long; at most {MAX_RECORDING_S / 60:.0f} are taken."
    if _is_unusable(judge.level(whole)):
        return f"There is only silence in it: {whole.level_db:.0f} dBFS at its loudest."
    if _is_unusable(judge.sound(whole)):
        shown = math.floor(whole.sound_s * 10) / 10  # 2.96 are not 3.0
        return f"It has {shown:.1f} seconds of sound, long silence left out; at least {options.min_s:g} are needed."
    if _is_unusable(judge.speech(whole.speech_s, whole)):
        return "Nobody speaks in it, as far as the detection of speech can tell."
    for name, one in recordings.items():
        for finding in filter(_is_unusable, judge.clipping(one.clipping)):
            return f"{name} is clipped: {_CLIPPED[finding.measure](float(finding.value or 0))}. {finding.advice}"
    if _is_unusable(judge.snr(whole.snr_db)):
        name, snr_db = _noisiest(levels)
        return (
            f"{name} {'are' if name == _MOST else 'is'} too noisy: the speech is {max(snr_db, 0):.0f} dB above the "
            f"noise; at least {options.min_snr_db:g} dB are needed."
        )
    return None


def _noisiest(recordings: Mapping[str, Measurement]) -> tuple[str, float]:
    """Name and dB of the noisiest."""
    judged = {name: one.snr_db for name, one in recordings.items() if one.duration_s >= _SURE_SNR_S}
    short = [one.snr_db for one in recordings.values() if one.duration_s < _SURE_SNR_S]
    if short:
        judged[_MOST] = median(short)
    return min(judged.items(), key=lambda pair: pair[1])


def _is_unusable(finding: Finding) -> bool:
    return finding.verdict is Verdict.UNUSABLE
