"""Words of the reference doctor: findings with a verdict, and the report that holds them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Verdict(StrEnum):
    """Fitness of a recording to clone a voice from, the best first."""

    GOOD = "good"
    USABLE = "usable"
    UNUSABLE = "unusable"


_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: list[Verdict]) -> Verdict:
    """The worst of verdicts; good without any."""
    return max(verdicts, key=_RANK.__getitem__, default=Verdict.GOOD)


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of a recording, judged.

    Attributes:
        measure: what was measured: `snr`, `clipping` ...
        value: in `unit`; None where there is nothing to tell.
        unit: empty for a plain number.
        code: what is wrong, for programs (`noisy`); `ok` when nothing is.
        advice: what to do, in one sentence; empty when nothing is wrong.
    """

    measure: str
    value: float | int | None
    unit: str
    verdict: Verdict = Verdict.GOOD
    code: str = "ok"
    advice: str = ""

    def to_json(self) -> Json:
        """The finding as an API shows it."""
        value = round(self.value, 4) if isinstance(self.value, float) else self.value
        return {
            "measure": self.measure,
            "value": value,
            "unit": self.unit,
            "verdict": self.verdict.value,
            "code": self.code,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class Window:
    """The best part of a recording.

    Attributes:
        start_s, end_s: from the start of the recording.
    """

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end_s - self.start_s

    def to_json(self) -> Json:
        """The part as an API shows it."""
        return {"start": round(self.start_s, 3), "seconds": round(self.seconds, 3), "end": round(self.end_s, 3)}


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured of a recording.

    Attributes:
        findings: in a fixed order.
        window: the part that is best to clone from; None where nobody speaks.
        not_available: measures that could not be taken, each with the reason.
    """

    findings: tuple[Finding, ...]
    window: Window | None
    not_available: dict[str, str]

    @property
    def verdict(self) -> Verdict:
        """The worst of all findings."""
        return worst([finding.verdict for finding in self.findings])

    @property
    def codes(self) -> list[str]:
        """Codes of the faults, the worst first."""
        wrong = [finding for finding in self.findings if finding.verdict is not Verdict.GOOD]
        return [finding.code for finding in sorted(wrong, key=lambda one: -_RANK[one.verdict])]

    @property
    def advice(self) -> str:
        """Deed that comes first, in one sentence; empty for a good recording."""
        wrong = [finding for finding in self.findings if finding.verdict is self.verdict is not Verdict.GOOD]
        return wrong[0].advice if wrong else ""

    def find(self, measure: str) -> Finding | None:
        """A finding by its measure."""
        return next((finding for finding in self.findings if finding.measure == measure), None)

    def to_json(self) -> Json:
        """The report as an API shows it."""
        window = self.window
        return {
            "verdict": self.verdict.value,
            "codes": self.codes,
            "advice": self.advice,
            "findings": [finding.to_json() for finding in self.findings],
            "window": window.to_json() if window is not None else None,
            "not_available": dict(self.not_available),
        }
