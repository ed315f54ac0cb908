"""Verdicts on measures: which value is good, which is of no use, and what to do about it."""

import math
from typing import Final

import numpy as np

from voice_stack.audio.quality.clipping import Clipping
from voice_stack.audio.quality.dnsmos import Mos
from voice_stack.audio.quality.hum import Hum
from voice_stack.audio.quality.levels import ENOUGH_SPEECH_S, SILENCE_DB, Measurement
from voice_stack.audio.quality.music import Music
from voice_stack.speaker.company import Company
from voice_stack.tts.voices.reference_options import ReferenceOptions
from voice_stack.tts.voices.report import Finding, Verdict

# Reverberation time that dry speech seems to have in white or pink noise, at most (11 clips a ratio), by the measured
# ratio of speech to noise. Reverberation itself lowers that ratio too, but less: 1.2 s has 17 dB and more.
_NOISE_DB: Final = (11.0, 13.0, 17.0, 22.0, 26.0, 30.0)
_SEEMS_S: Final = (3.0, 1.1, 0.8, 0.55, 0.35, 0.25)


class Judge:
    """Turns measures into findings.

    Args:
        options: the thresholds.

    Attributes:
        options: the same.
    """

    def __init__(self, options: ReferenceOptions) -> None:
        self.options = options

    def sound(self, measured: Measurement) -> Finding:
        """Sound without long silence."""
        limit = self.options
        seconds = measured.sound_s
        if seconds < limit.min_s:
            advice = (
                f"Record at least {limit.min_s:g} seconds of speech, better {limit.advised_s:g} to {limit.window_s:g}."
            )
            return Finding("sound", seconds, "s", Verdict.UNUSABLE, "too_short", advice)
        if seconds < limit.advised_s:
            span = f"{limit.advised_s:g} to {limit.window_s:g}"
            advice = f"Record {span} seconds: a longer sample sounds more like the speaker."
            return Finding("sound", seconds, "s", Verdict.USABLE, "short", advice)
        return Finding("sound", seconds, "s")

    def level(self, measured: Measurement) -> Finding:
        """Loudness of the loud parts; silence."""
        level = measured.level_db
        if level < SILENCE_DB:
            advice = "Check that the microphone was on: there is only silence in it."
            return Finding("level", level, "dBFS", Verdict.UNUSABLE, "silent", advice)
        if level < self.options.good_level_db:
            advice = "Record it louder, or closer to the microphone."
            return Finding("level", level, "dBFS", Verdict.USABLE, "quiet", advice)
        return Finding("level", level, "dBFS")

    def speech(self, speech_s: float, measured: Measurement) -> Finding:
        """Share of speech.

        Args:
            speech_s: of the whole recording.
        """
        share = speech_s / max(measured.sound_s, 1e-6)
        share = min(share, 1.0)
        if speech_s < ENOUGH_SPEECH_S:
            advice = "Use a recording in which somebody speaks: no speech is found in it."
            return Finding("speech", share, "share", Verdict.UNUSABLE, "no_speech", advice)
        if share < self.options.good_speech_share:
            advice = "Cut out what is no speech, or record it with fewer pauses and in a normal voice."
            return Finding("speech", share, "share", Verdict.USABLE, "little_speech", advice)
        return Finding("speech", share, "share")

    def snr(self, snr_db: float) -> Finding:
        """Speech over noise."""
        return self._low(
            Finding(
                "snr", snr_db, "dB", code="noisy", advice="Record it again in a quiet room, close to the microphone."
            ),
            self.options.good_snr_db,
            self.options.min_snr_db,
        )

    def clipping(self, found: Clipping) -> list[Finding]:
        """Flat peaks, peaks that pile up, and peaks at full scale.

        A pile that is high but has few samples in it, as a limiter leaves, is usable.
        """
        advice = "Record it again at a lower level: peaks are cut off."
        limit = self.options
        full = Finding("full_scale", found.full_scale, "share", code="clipped", advice=advice)
        return [
            self._high(
                Finding("clipping", found.flat, "share", code="clipped", advice=advice), limit.good_flat, limit.max_flat
            ),
            self._high(
                Finding("pile_up", found.pile_up, "ratio", code="clipped", advice=advice),
                limit.good_pile_up,
                limit.max_pile_up if found.piled >= limit.max_piled else math.inf,
            ),
            self._high(full, limit.max_full_scale, limit.max_full_scale),
        ]

    def bandwidth(self, hertz: float) -> Finding:
        """End of the spectrum."""
        advice = "Use the original recording instead of one from a telephone, a chat or a low-quality file."
        return self._low(
            Finding("bandwidth", hertz, "Hz", code="narrow_band", advice=advice),
            self.options.good_bandwidth_hz,
            self.options.min_bandwidth_hz,
        )

    def sample_rate(self, rate: int) -> Finding:
        """The file's own rate."""
        if rate < self.options.good_sample_rate:
            advice = "Record at 24,000 samples a second or more."
            return Finding("sample_rate", rate, "Hz", Verdict.USABLE, "low_sample_rate", advice)
        return Finding("sample_rate", rate, "Hz")

    def hum(self, found: Hum | None) -> Finding:
        """Hum of the mains."""
        if found is None:
            return Finding("hum", None, "dB")
        advice = f"Remove the hum of {found.mains_hz} Hz: use another cable, another outlet or a battery."
        return self._high(
            Finding("hum", found.level_db, "dB", code="hum", advice=advice),
            self.options.good_hum_db,
            self.options.max_hum_db,
        )

    def reverberation(self, seconds: float | None, snr_db: float) -> Finding | None:
        """The room; None where it seems to be large and the noise alone may do that.

        Args:
            seconds: None where too little dies away.
            snr_db: of the same recording.
        """
        if seconds is None:
            return Finding("reverberation", None, "s")
        advice = "Record it closer to the microphone, in a room with curtains, carpets or clothes."
        limit = self.options
        by_noise = float(np.interp(snr_db, _NOISE_DB, _SEEMS_S))
        if limit.good_reverberation_s < seconds <= by_noise:
            return None
        return self._high(
            Finding("reverberation", seconds, "s", code="reverberant", advice=advice),
            limit.good_reverberation_s,
            limit.max_reverberation_s,
        )

    def music(self, found: Music) -> list[Finding]:
        """Steady pitches, and a beat."""
        advice = "Use a recording without music, or separate the voice from it first."
        limit = self.options
        return [
            self._high(
                Finding("music", found.steady, "share", code="music", advice=advice),
                limit.good_steady,
                limit.max_steady,
            ),
            self._high(Finding("beat", found.beat, "", code="music", advice=advice), limit.good_beat, limit.max_beat),
        ]

    def speakers(self, found: Company) -> Finding:
        """One voice, or more."""
        if not self.is_one_voice(found):
            advice = "Cut out what other people say: more than one voice is heard."
            return Finding("speakers", found.similarity, "similarity", Verdict.UNUSABLE, "several_speakers", advice)
        return Finding("speakers", found.similarity, "similarity")

    def is_one_voice(self, found: Company) -> bool:
        """True where the two most different voices of a recording are taken for one."""
        limit = self.options
        is_brief = found.minor_s < limit.second_speaker_s
        return found.similarity >= (limit.same_speaker_brief if is_brief else limit.same_speaker)

    def opinion(self, mos: Mos) -> Finding:
        """DNSMOS."""
        return self._low(
            Finding(
                "dnsmos",
                mos.overall,
                "MOS",
                code="poor_quality",
                advice="Record it again with a better microphone, in a quiet and dry room.",
            ),
            self.options.good_dnsmos,
            self.options.min_dnsmos,
        )

    def loudness(self, lufs: float) -> Finding:
        """Loudness, which preparation evens out, so it is told and not judged."""
        return Finding("loudness", lufs if lufs > -1e6 else None, "LUFS")

    @staticmethod
    def _low(finding: Finding, good: float, least: float) -> Finding:
        """The finding, judged where low values are bad."""
        value = float(finding.value or 0.0)
        return _judged(finding, Verdict.UNUSABLE if value < least else Verdict.USABLE if value < good else Verdict.GOOD)

    @staticmethod
    def _high(finding: Finding, good: float, most: float) -> Finding:
        """The finding, judged where high values are bad."""
        value = float(finding.value or 0.0)
        return _judged(finding, Verdict.UNUSABLE if value >= most else Verdict.USABLE if value > good else Verdict.GOOD)


def _judged(finding: Finding, verdict: Verdict) -> Finding:
    if verdict is Verdict.GOOD:
        return Finding(finding.measure, finding.value, finding.unit)
    return Finding(finding.measure, finding.value, finding.unit, verdict, finding.code, finding.advice)
