"""Reports as JSON and CSV. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from voice_stack.lab.evaluation.evaluate import FileReport, Summary
from voice_stack.lab.evaluation.values import Measure, Missing, Value


def to_json(reports: Sequence[FileReport], summary: Summary) -> dict[str, Any]:
    """Files and summary; a value that there is not is null, and `not_available` says why."""
    return {
        "files": [_file(report) for report in reports],
        "summary": {
            str(one): {"value": found.value, "low": found.low, "high": found.high, "files": found.count}
            for one, found in summary.estimates.items()
        },
        "not_available": {str(one): reason for one, reason in summary.missing.items()},
        "confidence": 0.95,
    }


def to_csv(reports: Sequence[FileReport]) -> str:
    """A line a file; a value that there is not is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", *map(str, Measure), "heard", "problem"])
    for report in reports:
        numbers = [_number(report.values.get(one)) for one in Measure]
        heard = report.heard.text if report.heard else ""
        writer.writerow([report.item.path, *("" if n is None else n for n in numbers), heard, report.problem or ""])
    return text.getvalue()


def shown(value: Value | None, one: Measure) -> str:
    """A value as a table shows it; a dash for none."""
    number = _number(value)
    return "-" if number is None else f"{number:.{one.digits}f}"


def _file(report: FileReport) -> dict[str, Any]:
    return {
        "path": str(report.item.path),
        "problem": report.problem,
        "text": report.item.text,
        "heard": report.heard.text if report.heard else None,
        "recogniser": report.heard.engine if report.heard else None,
        "values": {str(one): _number(value) for one, value in report.values.items()},
        "not_available": {str(one): v.reason for one, v in report.values.items() if isinstance(v, Missing)},
    }


def _number(value: Value | None) -> float | None:
    return None if value is None or isinstance(value, Missing) else round(value, 6)
