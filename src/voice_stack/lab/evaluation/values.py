"""Measured values, and the reasons for those that there are not. A number is never made up."""

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """Something that is measured of a file.

    Attributes:
        unit: of its values; empty for a plain number.
        digits: behind the point, as they are shown.
        meaning: in a few words.
        short: heading of a column.
    """

    unit: str
    digits: int
    meaning: str
    short: str

    def __new__(cls, value: str, unit: str = "", digits: int = 2, meaning: str = "", short: str = "") -> "Measure":
        member = str.__new__(cls, value)
        member._value_ = value
        member.unit = unit
        member.digits = digits
        member.meaning = meaning
        member.short = short or value.upper()
        return member

    SECONDS = ("seconds", "s", 2, "length", "S")
    WER = ("wer", "", 3, "wrong words for each word of the text")
    CER = ("cer", "", 3, "wrong characters for each character of the text")
    SIMILARITY = ("similarity", "", 3, "to the speaker of the reference, -1 to 1", "SIM")
    DNSMOS = ("dnsmos", "", 2, "of the whole, 1 to 5, as a network guesses listeners")
    DNSMOS_SIGNAL = ("dnsmos_signal", "", 2, "of the speech alone", "SIGNAL")
    DNSMOS_BACKGROUND = ("dnsmos_background", "", 2, "of the noise", "NOISE")
    UTMOS = ("utmos", "", 2, "naturalness, 1 to 5, as a network guesses listeners")
    SNR = ("snr_db", "dB", 1, "speech above noise", "SNR")
    LOUDNESS = ("loudness_lufs", "LUFS", 1, "ITU-R BS.1770", "LUFS")
    PESQ = ("pesq", "", 2, "against the reference, wide band, 1 to 4.6")
    STOI = ("stoi", "", 3, "against the reference, 0 to 1")
    RTF = ("rtf", "", 3, "seconds of computing for each second of speech")


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that there is not.

    Attributes:
        reason: one sentence, for who asked.
    """

    reason: str


Value = float | Missing


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors against a text: of words, or of characters.

    Attributes:
        wrong: substituted, left out and added.
        total: of the text.
    """

    wrong: int
    total: int

    @property
    def rate(self) -> float:
        """Errors for each of the text; more than 1 where much is added."""
        return self.wrong / self.total
