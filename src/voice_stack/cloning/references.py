"""Recordings to clone from, examined by the reference doctor before anything heavy is loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from voice_stack.core.errors import InvalidAudioError, UnusableVoiceError
from voice_stack.tts.voices.doctor import Doctor, read_recording
from voice_stack.tts.voices.report import Finding, Verdict

_PARAM: Final = "reference_audio"


def check_reference(paths: Sequence[Path], doctor: Doctor) -> tuple[str, ...]:
    """Advice about recordings that can be used, each in one sentence.

    Raises:
        InvalidAudioError: there is no such file, or it is no audio.
        UnusableVoiceError: they cannot be cloned from; the message says why.
    """
    clips = []
    for path in paths:
        if not path.is_file():
            raise InvalidAudioError(f"There is no recording {str(path)!r}.", param=_PARAM)
        try:
            with path.open("rb") as file:
                clips.append(read_recording(file))
        except OSError as error:
            raise InvalidAudioError(f"The recording cannot be read: {error.strerror}.", param=_PARAM) from error
        except InvalidAudioError as error:
            raise type(error)(f"{path.name}: {error.message}", param=_PARAM) from error
    report = doctor.examine(clips)
    if report.verdict is Verdict.UNUSABLE:
        # One fault may show in several measures.
        faults = {one.code: _told(one) for one in reversed(report.findings) if one.verdict is Verdict.UNUSABLE}
        told = " ".join(reversed(faults.values()))
        raise UnusableVoiceError(f"The recording cannot be cloned from. {told}", param=_PARAM)
    return tuple(dict.fromkeys(one.advice for one in report.findings if one.verdict is not Verdict.GOOD))


def _told(finding: Finding) -> str:
    """A fault with what was measured: `Sound 1.2 s (short): record ...`."""
    value = "" if finding.value is None else f" {finding.value:.3g}{f' {finding.unit}' if finding.unit else ''}"
    return f"{finding.measure.replace('_', ' ').capitalize()}{value} ({finding.code}): {finding.advice}"
