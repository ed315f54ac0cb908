"""Files to reports: every measure that can be taken, and for each other one why not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.loudness import loudness
from voice_stack.audio.quality.dnsmos import INSTALL, Dnsmos
from voice_stack.audio.quality.levels import measure
from voice_stack.audio.recogniser import Heard, Recogniser
from voice_stack.core.errors import InvalidAudioError, VoiceStackError
from voice_stack.lab.evaluation.intelligibility import character_errors, counts_words, word_errors
from voice_stack.lab.evaluation.items import Item
from voice_stack.lab.evaluation.paired import aligned, pesq, stoi
from voice_stack.lab.evaluation.statistics import Estimate, mean, pooled
from voice_stack.lab.evaluation.utmos import HOW, Utmos
from voice_stack.lab.evaluation.values import Errors, Measure, Missing, Value

SAMPLE_RATE: Final = 16_000

_LIMITS: Final = DecodeLimits(3600.0)
_NO_TEXT: Final = Missing("There is no text to compare with: --text, or a file of the same name with .txt.")
_NO_REFERENCE: Final = Missing("There is no recording to compare with: --reference.")


class Encoder(Protocol):
    """Speakers as vectors."""

    def embed(self, clip: AudioClip) -> NDArray[np.float32]:
        """The speaker of a clip: (size,) float32 of length 1.

        Raises:
            VoiceStackError: it cannot be told; the message says why.
        """


@dataclass(frozen=True, slots=True)
class Instruments:
    """Networks that measure; None for what is not at hand.

    Attributes:
        recogniser: writes down what is said.
        encoder: tells speakers apart.
        no_recogniser, no_encoder: why there is none.
    """

    recogniser: Recogniser | None = None
    encoder: Encoder | None = None
    dnsmos: Dnsmos | None = None
    utmos: Utmos | None = None
    no_recogniser: str = "Nobody listens: --asr says who shall."
    no_encoder: str = "Speakers are not compared: SPEAKER_MODEL is empty."


@dataclass(slots=True)
class FileReport:
    """Measures of one file.

    Attributes:
        values: by measure.
        heard: what the recogniser has written down; None when nobody listened.
        words, characters: errors against the text; None where there is none.
        problem: why the file could not be measured at all; None when it could.
    """

    item: Item
    values: dict[Measure, Value] = field(default_factory=dict)
    heard: Heard | None = None
    words: Errors | None = None
    characters: Errors | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Measures of all files.

    Attributes:
        estimates: with confidence intervals; rates of errors over all words, the others as means over files.
        missing: why a measure has no value for any file.
    """

    estimates: dict[Measure, Estimate]
    missing: dict[Measure, str]


class Evaluator:
    """Measures files, one at a time.

    Args:
        language: of files that do not say theirs; None: that is told by the recogniser.
    """

    def __init__(self, instruments: Instruments, language: str | None = None) -> None:
        self._with = instruments
        self._language = language
        self._references: dict[Path, AudioClip | str] = {}

    def evaluate(self, item: Item) -> FileReport:
        """Measures of a file. What cannot be measured says why; nothing is raised for a bad file."""
        report = FileReport(item)
        clip = self._decoded(item.path)
        if isinstance(clip, str):
            report.problem = clip
            return report
        values = report.values
        values[Measure.SECONDS] = clip.duration
        lufs = loudness(clip.samples, clip.sample_rate)
        is_silent = not np.isfinite(lufs)
        values[Measure.SNR] = Missing("It is silent.") if is_silent else measure(clip).snr_db
        values[Measure.LOUDNESS] = Missing("It is silent.") if is_silent else lufs
        self._opinions(clip, values)
        self._intelligibility(item, clip, report)
        self._against_reference(item, clip, values)
        values[Measure.RTF] = item.rtf if item.rtf is not None else Missing("Nobody has timed how it was made.")
        return report

    def _opinions(self, clip: AudioClip, values: dict[Measure, Value]) -> None:
        parts = (Measure.DNSMOS, Measure.DNSMOS_SIGNAL, Measure.DNSMOS_BACKGROUND)
        if self._with.dnsmos is None:
            values |= dict.fromkeys(parts, Missing(f"There are no weights of DNSMOS: pip install '{INSTALL}'."))
        else:
            try:
                mos = self._with.dnsmos(clip)
            except (RuntimeError, ValueError) as error:
                values |= dict.fromkeys(parts, Missing(str(error)))
            else:
                values |= dict(zip(parts, (mos.overall, mos.signal, mos.background), strict=True))
        values[Measure.UTMOS] = self._with.utmos(clip) if self._with.utmos else Missing(HOW)

    def _intelligibility(self, item: Item, clip: AudioClip, report: FileReport) -> None:
        values = report.values
        if item.text is None:
            values |= {Measure.WER: _NO_TEXT, Measure.CER: _NO_TEXT}
            return
        if self._with.recogniser is None:
            missing = Missing(self._with.no_recogniser)
            values |= {Measure.WER: missing, Measure.CER: missing}
            return
        language = item.language or self._language
        try:
            report.heard = heard = self._with.recogniser.transcribe(clip, language)
        except VoiceStackError as error:
            missing = Missing(error.message)
            values |= {Measure.WER: missing, Measure.CER: missing}
            return
        spoken = language or heard.language or "en"
        report.words = word_errors(item.text, heard.text, spoken)
        report.characters = character_errors(item.text, heard.text, spoken)
        wordless = "The text has no words." if counts_words(spoken) else "Its writing parts no words."
        values[Measure.WER] = report.words.rate if report.words else Missing(wordless)
        values[Measure.CER] = report.characters.rate if report.characters else Missing("The text has no letters.")

    def _against_reference(self, item: Item, clip: AudioClip, values: dict[Measure, Value]) -> None:
        reference = _NO_REFERENCE if item.reference is None else self._reference(item.reference)
        if isinstance(reference, Missing):
            values |= dict.fromkeys((Measure.SIMILARITY, Measure.PESQ, Measure.STOI), reference)
            return
        values[Measure.SIMILARITY] = self._similarity(clip, reference)
        pair = aligned(clip, reference)
        values[Measure.PESQ] = pair if isinstance(pair, Missing) else pesq(pair)
        values[Measure.STOI] = pair if isinstance(pair, Missing) else stoi(pair)

    def _similarity(self, clip: AudioClip, reference: AudioClip) -> Value:
        if self._with.encoder is None:
            return Missing(self._with.no_encoder)
        try:
            return float(np.dot(self._with.encoder.embed(clip), self._with.encoder.embed(reference)))
        except VoiceStackError as error:
            return Missing(error.message)

    def _reference(self, path: Path) -> AudioClip | Missing:
        if path not in self._references:
            self._references = {path: self._decoded(path)}  # one: the next file's is most often the same
        found = self._references[path]
        return Missing(f"The reference cannot be read: {found}") if isinstance(found, str) else found

    def _decoded(self, path: Path) -> AudioClip | str:
        """Its sound at 16 kHz, or why there is none."""
        try:
            with path.open("rb") as file, open_audio(file, _LIMITS, sample_rate=SAMPLE_RATE) as sound:
                clip = sound.read(_LIMITS.max_seconds)
        except (InvalidAudioError, OSError) as error:
            return str(error)
        return clip if len(clip.samples) else "There is no sound in it."


def summarise(reports: Iterable[FileReport]) -> Summary:
    """All files together; those that could not be measured count for nothing."""
    done = [report for report in reports if report.problem is None]
    estimates: dict[Measure, Estimate] = {}
    missing: dict[Measure, str] = {}
    rates: dict[Measure, Callable[[FileReport], Errors | None]] = {
        Measure.WER: lambda report: report.words,
        Measure.CER: lambda report: report.characters,
    }
    for one in Measure:
        errors = [found for report in done if (found := rates[one](report))] if one in rates else []
        estimate = pooled(errors) if one in rates else mean(_numbers(done, one))
        if estimate is not None:
            estimates[one] = estimate
        else:
            reasons = [value.reason for report in done if isinstance(value := report.values[one], Missing)]
            missing[one] = max(reasons, key=reasons.count) if reasons else "No file could be measured."
    return Summary(estimates, missing)


def _numbers(reports: Sequence[FileReport], one: Measure) -> list[float]:
    return [value for report in reports if not isinstance(value := report.values[one], Missing)]
