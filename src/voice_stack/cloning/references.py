"""Recordings to clone from, looked at before anything heavy is loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import InvalidAudioError, UnusableVoiceError
from voice_stack.tts.recordings import read_recordings
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.quality import Measurement, find_problem, measure

_PARAM: Final = "reference_audio"
# Between these and the bounds of `quality` a voice can be cloned, but not as well as it might be.
_ENOUGH_S: Final = 6.0
_QUIET_SNR_DB: Final = 20.0


def check_reference(paths: Sequence[Path]) -> tuple[str, ...]:
    """Advice about recordings that can be used, each in one sentence.

    Raises:
        InvalidAudioError: there is no such file, or it is no audio.
        UnusableVoiceError: they cannot be cloned from; the message says why.
    """
    for path in paths:
        if not path.is_file():
            raise InvalidAudioError(f"There is no recording {str(path)!r}.", param=_PARAM)
    reference = VoiceReference("reference", "", tuple(paths))
    try:
        clips = read_recordings(reference, SAMPLE_RATE)
    except OSError as error:
        raise InvalidAudioError(f"The recording cannot be read: {error.strerror}.", param=_PARAM) from error
    measured = {path.name: measure(clip) for path, clip in zip(paths, clips, strict=True)}
    problem = find_problem(measured)
    if problem is not None:
        raise UnusableVoiceError(problem, param=_PARAM)
    return tuple(_advice(list(measured.values())))


def _advice(measured: Sequence[Measurement]) -> list[str]:
    found = []
    sound = sum(one.sound_s for one in measured)
    if sound < _ENOUGH_S:
        found.append(f"The recordings have {sound:.1f} seconds of sound; a voice is met better with 6 to 10.")
    worst = min(one.snr_db for one in measured)
    if worst < _QUIET_SNR_DB:
        found.append(f"The speech is only {worst:.0f} dB above the noise, and noise is cloned too; 20 dB are better.")
    return found
