"""Marks of synthetic speech, looked for in a file."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import AudioStream, DecodeLimits, open_audio
from voice_stack.audio.tags import read_tags
from voice_stack.core.errors import CancelledWorkError
from voice_stack.tts.provenance import perth
from voice_stack.tts.provenance.credentials import HOW_TO_INSTALL, c2pa_is_installed, read_credentials
from voice_stack.tts.provenance.marking import C2PA, METADATA, WATERMARK
from voice_stack.tts.provenance.statement import read_statement

HEARD_FROM: Final = 0.95
"""Confidence from which a watermark counts as heard. The network's own 0.5 takes 6 % of people's noisy recordings for
marked ones; what was measured on both sides stands in docs/provenance.md."""

_WINDOW_S: Final = 5.0
_SHORTEST_S: Final = 1.0
# As loud as the last bit of 16.
_SILENCE: Final = 2.0**-15


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of mark, and whether it was found.

    Attributes:
        kind: metadata, watermark or c2pa.
        detected: whether it says that the sound is synthetic.
        generated_at: time by RFC 3339 that the mark tells, or None.
        model: that the mark tells, or None.
        confidence: of the watermark: 0 to 1, of the window of five seconds that is surest; None for others.
        issuer: of c2pa: organisation that signed, or None.
        validation_state: of c2pa: trusted, valid, invalid or not_present; None for others.
    """

    kind: str
    detected: bool
    generated_at: str | None = None
    model: str | None = None
    confidence: float | None = None
    issuer: str | None = None
    validation_state: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All kinds of marks, and which were found.

    Attributes:
        results: of the kinds that were looked for.
        unavailable: of the others, by kind: what to install.
    """

    results: tuple[Finding, ...]
    unavailable: dict[str, str]

    @property
    def synthetic(self) -> bool:
        """True where any mark says so. False proves nothing: marks can be lost."""
        return any(finding.detected for finding in self.results)


def detect(file: BinaryIO, limits: DecodeLimits, stop: threading.Event | None = None) -> Findings:
    """Look for all marks that can be looked for with what is installed.

    Args:
        file: a real file (`fileno()`).
        limits: what it may cost.
        stop: set by another thread when nobody waits any more.

    Raises:
        InvalidAudioError: it is no sound.
        AudioTooLongError: it is longer than the limits allow.
        ServiceUnavailableError: FFmpeg cannot be started.
        EngineUnavailableError: the watermark's network is installed and does not load.
        CancelledWorkError: `stop` was set.
    """
    results: list[Finding] = []
    unavailable: dict[str, str] = {}
    with open_audio(file, limits, sample_rate=perth.SAMPLE_RATE) as sound:
        statement = read_statement(read_tags(file))
        results.append(
            Finding(METADATA, False)
            if statement is None
            else Finding(METADATA, True, statement.generated_at, statement.model or None)
        )
        if perth.missing_package() is None:
            confidence = max((_heard(clip) for clip in _windows(sound, stop)), default=0.0)
            results.append(Finding(WATERMARK, confidence >= HEARD_FROM, confidence=confidence))
        else:
            unavailable[WATERMARK] = perth.HOW_TO_INSTALL
    if c2pa_is_installed():
        told = read_credentials(file)
        believed = told.says_synthetic
        results.append(
            Finding(
                C2PA,
                believed,
                told.generated_at if believed else None,
                told.model if believed else None,
                issuer=told.issuer,
                validation_state=told.state,
            )
        )
    else:
        unavailable[C2PA] = HOW_TO_INSTALL
    return Findings(tuple(results), unavailable)


def watermark_confidence(clip: AudioClip) -> float | None:
    """Confidence that a clip of any rate carries the watermark: 0 to 1, of the window that is surest.

    None where the extra `watermark` is not installed. HEARD_FROM is the threshold.

    Raises:
        EngineUnavailableError: the network is installed and does not load.
    """
    import soxr

    if perth.missing_package() is not None:
        return None
    samples = soxr.resample(clip.samples, clip.sample_rate, perth.SAMPLE_RATE).astype(np.float32, copy=False)
    sound = AudioClip(samples, perth.SAMPLE_RATE)
    starts = np.arange(0.0, max(sound.duration, _SHORTEST_S), _WINDOW_S)
    windows = (sound.slice(start, start + _WINDOW_S) for start in starts)
    return max(
        (_heard(window) for window in windows if window.duration >= _SHORTEST_S or len(starts) == 1), default=0.0
    )


def _windows(sound: AudioStream, stop: threading.Event | None) -> Iterator[AudioClip]:
    """Stretches of five seconds; the last one is left out where it is too short to tell anything beside others."""
    first = True
    while True:
        if stop is not None and stop.is_set():
            raise CancelledWorkError("Nobody waits for the check any more.")
        clip = sound.read(_WINDOW_S)
        if not len(clip.samples):
            return
        if first or clip.duration >= _SHORTEST_S:
            yield clip
        first = False


def _heard(clip: AudioClip) -> float:
    samples = clip.samples
    if np.abs(samples).max(initial=0.0) <= _SILENCE:
        return 0.0
    shortest = round(_SHORTEST_S * clip.sample_rate)
    if len(samples) < shortest:
        samples = np.pad(samples, (0, shortest - len(samples)))
    return perth.perth_network().heard(samples)
