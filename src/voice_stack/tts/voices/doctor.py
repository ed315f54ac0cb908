"""The reference doctor: examines recordings to clone a voice from, says what is wrong, and prepares the best part."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.loudness import loudness
from voice_stack.audio.quality.bandwidth import bandwidth
from voice_stack.audio.quality.dnsmos import INSTALL, Dnsmos, find_network
from voice_stack.audio.quality.hum import hum
from voice_stack.audio.quality.levels import spoken
from voice_stack.audio.quality.music import music
from voice_stack.audio.quality.reverberation import reverberation
from voice_stack.audio.resample import Resampler
from voice_stack.audio.vad import SAMPLE_RATE, SpeechSpan
from voice_stack.core.errors import AudioProcessingError, VoiceStackError
from voice_stack.core.settings import Settings
from voice_stack.speaker.company import Company, company
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.tts.recordings import MAX_RECORDING_S, open_recording
from voice_stack.tts.voices.denoise import INSTALL as INSTALL_DENOISE
from voice_stack.tts.voices.denoise import find_denoiser
from voice_stack.tts.voices.reference_options import ReferenceOptions
from voice_stack.tts.voices.report import Finding, Report, Window, worst
from voice_stack.tts.voices.screening import screen, together
from voice_stack.tts.voices.verdicts import Judge
from voice_stack.tts.voices.window import best_window

logger = logging.getLogger("voice_stack.tts")

EXAMINED_S: Final = 120.0
"""Seconds from the start of a recording that are examined; the best part is looked for in them."""

# Between recordings that are examined together.
_BETWEEN_S: Final = 0.5
_FADE_S: Final = 0.01
_PEAK_DB: Final = -1.0
_DC_IS_NONE: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Prepared:
    """The best part of a recording, ready to clone from.

    Attributes:
        clip: mono, at the recording's rate (8 to 48 kHz), levelled, with soft edges.
        report_before: of the recording as it came.
        report_after: of `clip`.
        window: where `clip` lies in the recording.
        denoised: whether noise was taken off it.
    """

    clip: AudioClip
    report_before: Report
    report_after: Report
    window: Window
    denoised: bool = False


class Doctor:
    """Examines and prepares recordings. Thread-safe; its methods block, about 0.2 s for a second of sound.

    Args:
        options: the thresholds.
        encoder: tells speakers apart; without a model, that is not judged.
    """

    def __init__(self, options: ReferenceOptions, encoder: SpeakerEncoder) -> None:
        self.options = options
        self._encoder = encoder
        self._judge = Judge(options)
        network = find_network(Path(options.dnsmos).expanduser() if options.dnsmos else None)
        self._dnsmos = Dnsmos(network) if network is not None else None
        self._denoiser = find_denoiser()

    def examine(self, clips: AudioClip | Sequence[AudioClip]) -> Report:
        """The report on a recording.

        Args:
            clips: mono, at the rate at which it was recorded, since resampling hides clipping; several recordings of
                one voice are examined as one.
        """
        parts = [clips] if isinstance(clips, AudioClip) else list(clips)
        return self._examine(_as_one(parts), parts if len(parts) > 1 else [])

    def prepare(self, clip: AudioClip) -> Prepared:
        """The best part of a recording: cut in pauses, without a constant offset, at one loudness.

        Whether it is good enough is for the caller to decide, by the reports.

        Args:
            clip: mono, at the rate at which it was recorded.
        """
        before = self._examine(clip)
        window = before.window or Window(0.0, min(clip.duration, self.options.window_s))
        part = clip.slice(window.start_s, window.end_s)
        ready = AudioClip(self._levelled(part), part.sample_rate)
        after = self.examine(ready)
        if self.options.denoise and "noisy" in after.codes:
            cleaned = self._denoised(part, after)
            if cleaned is not None:
                cleaned_after = self.examine(cleaned)
                if worst([cleaned_after.verdict, after.verdict]) is after.verdict:
                    return Prepared(cleaned, before, cleaned_after, window, denoised=True)
        return Prepared(ready, before, after, window)

    def _denoised(self, part: AudioClip, after: Report) -> AudioClip | None:
        """The part without its noise, levelled; None, and the reason in the report, where that is not to be had."""
        if self._denoiser is None:
            after.not_available["denoise"] = f"DeepFilterNet is not here: pip install {INSTALL_DENOISE}"
            return None
        try:
            return AudioClip(self._levelled(self._denoiser(part)), part.sample_rate)
        except AudioProcessingError as error:
            logger.warning("A recording is left with its noise: %s", error)
            after.not_available["denoise"] = error.message
            return None

    def _examine(self, clip: AudioClip, parts: Sequence[AudioClip] = ()) -> Report:
        """The report on a recording.

        Args:
            parts: that it was joined of, if any: the silence between them would pass for that of the room.
        """
        whole_s = clip.duration
        clip = clip.slice(0, EXAMINED_S)
        heard = AudioClip(_at_rate(clip, SAMPLE_RATE), SAMPLE_RATE)
        if parts:
            screened = together([screen(part, AudioClip(_at_rate(part, SAMPLE_RATE), SAMPLE_RATE)) for part in parts])
        else:
            screened = screen(clip, heard)
        measured, judge = screened.levels, self._judge
        findings = [judge.level(measured), judge.sound(measured)]
        missing: dict[str, str] = {}
        spans = spoken(heard)
        if spans is None:
            missing["speech"] = "The detection of speech does not work here; see the log."
            spans = [SpeechSpan(0, len(heard.samples))]
        speech_s = sum(span.end - span.start for span in spans) / SAMPLE_RATE
        if findings[0].code == "silent":
            return Report((Finding("duration", whole_s, "s"), *findings), None, missing)
        findings.append(judge.speech(speech_s, measured))
        noise = judge.snr(measured.snr_db)
        found_hum = hum(heard)
        findings += [noise, *judge.clipping(screened.clipping), judge.bandwidth(bandwidth(clip))]
        findings += [judge.sample_rate(clip.sample_rate), judge.hum(found_hum)]
        room = judge.reverberation(reverberation(heard), measured.snr_db)
        if room is None:
            missing["reverberation"] = "It cannot be told in so much noise."
        else:
            findings.append(room)
        findings += judge.music(music(heard, found_hum.mains_hz if found_hum else None))
        voices = self._company(heard, spans, missing)
        if voices is not None:
            findings.append(judge.speakers(voices))
        findings += self._opinion(heard, missing)
        findings.append(judge.loudness(loudness(clip.samples, clip.sample_rate)))
        window = best_window(
            heard,
            spans,
            longest_s=self.options.window_s,
            advised_s=self.options.advised_s,
            is_foreign=_Foreign(None if voices is None or judge.is_one_voice(voices) else voices),
        )
        return Report((Finding("duration", whole_s, "s"), *findings), window, missing)

    def _company(self, heard: AudioClip, spans: Sequence[SpeechSpan], missing: dict[str, str]) -> Company | None:
        obstacle = self._encoder.obstacle
        if obstacle is not None:
            missing["speakers"] = obstacle
            return None
        try:
            return company(heard, spans, self._encoder)
        except VoiceStackError as error:
            missing["speakers"] = error.message
            return None

    def _opinion(self, heard: AudioClip, missing: dict[str, str]) -> list[Finding]:
        if self._dnsmos is None:
            missing["dnsmos"] = f"Its network is not here: pip install {INSTALL}, or set TTS_REFERENCE_DNSMOS."
            return []
        try:
            return [self._judge.opinion(self._dnsmos(heard))]
        except RuntimeError as error:
            logger.warning("Recordings are not scored: %s", error)
            missing["dnsmos"] = str(error)
            return []

    def _levelled(self, part: AudioClip) -> Samples:
        """The part at the wanted loudness as far as its peaks allow, so that nothing is bent."""
        samples = part.samples.astype(np.float64)
        if not len(samples):
            return part.samples
        offset = samples.mean()
        samples = samples - offset if abs(offset) > _DC_IS_NONE else samples
        now = loudness(samples.astype(np.float32), part.sample_rate)
        peak = max(float(np.abs(samples).max()), 1e-9)
        gain_db = min(self.options.lufs - now if np.isfinite(now) else 0.0, _PEAK_DB - 20 * np.log10(peak))
        samples *= 10 ** (gain_db / 20)
        fade = min(round(_FADE_S * part.sample_rate), len(samples) // 2)
        ramp = np.linspace(0, 1, fade, endpoint=False)
        samples[:fade] *= ramp
        samples[len(samples) - fade :] *= ramp[::-1]
        levelled: Samples = samples.astype(np.float32)
        return levelled


def reference_doctor(settings: Settings) -> Doctor:
    """The doctor that the settings mean. Loads no model.

    Raises:
        SettingsError: a setting cannot be used.
    """
    return Doctor(settings.group(ReferenceOptions), speaker_encoder(settings))


def read_recording(file: BinaryIO) -> AudioClip:
    """A recording at its own sample rate, 8 to 48 kHz, mono.

    Args:
        file: a real file (`fileno()`).

    Raises:
        InvalidAudioError: it is no audio.
        AudioTooLongError: it is longer than ten minutes.
        ServiceUnavailableError: there is no FFmpeg.
    """
    with open_recording(file) as sound:
        return sound.read(MAX_RECORDING_S)


def _as_one(clips: Sequence[AudioClip]) -> AudioClip:
    if len(clips) == 1:
        return clips[0]
    if not clips:
        return AudioClip(np.zeros(0, np.float32), SAMPLE_RATE)
    rate = max(clip.sample_rate for clip in clips)
    pause = np.zeros(round(_BETWEEN_S * rate), np.float32)
    parts = [part for clip in clips for part in (_at_rate(clip, rate), pause)]
    return AudioClip(np.concatenate(parts[:-1]), rate)


def _at_rate(clip: AudioClip, rate: int) -> Samples:
    if clip.sample_rate == rate:
        return clip.samples
    resampler = Resampler(clip.sample_rate, rate)
    return np.concatenate([resampler.write(clip.samples), resampler.finish()])


class _Foreign:
    """Degree, 0 to 1, to which a part is of two speakers; 0 where the recording has one."""

    def __init__(self, voices: Company | None) -> None:
        self._voices = voices

    def __call__(self, start: float, end: float) -> float:
        if self._voices is None:
            return 0.0
        inside = [
            minor
            for stretch, minor in zip(self._voices.stretches, self._voices.in_minor, strict=True)
            if stretch.start < end and stretch.end > start
        ]
        share = sum(inside) / len(inside) if inside else 0.0
        # A part of either speaker alone is pure; the one who speaks more is taken rather.
        return 0.8 * 2 * min(share, 1 - share) + 0.2 * share
