"""One conformance suite over every engine of the registry, of each kind, those of installed packages too.

The checks are functions named after what must hold: `facts.py` (any kind), `recognition.py`, `speech.py`. How an engine
is built for them says its case, in `cases.py`; one that has none fails.

    python -m tests.engines.conformance    # runs it and writes docs/conformance.md
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.engines import diarization, embedding, facts, recognition, speech
from tests.engines.cases import NOT_RUN, cases_of
from tests.engines.subject import MUCH_SOUND, EngineCase, NotPromised, Subject
from tests.live_server import ROOT
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import EngineSpec, Kind

TABLE: Final = ROOT / "docs" / "conformance.md"
HOLDS: Final = "yes"
NOT_PROMISED: Final = "–"
Outcomes = dict[tuple[Kind, str, str], str]
"""What became of checks, by kind, engine and check."""
WRITING: Final = pytest.StashKey[bool]()
"""The run writes the table, so that it is not held to the one that there is."""
OUTCOMES: Final = pytest.StashKey[Outcomes]()
"""What became of each check of an engine, in the run so far."""

Check = Callable[[Any], None]
CHECKS: Final[Mapping[Kind, list[Check]]] = {
    Kind.RECOGNITION: [*facts.CHECKS.all, *recognition.CHECKS.all, *facts.LAST.all],
    Kind.SPEECH: [*facts.CHECKS.all, *speech.CHECKS.all, *facts.LAST.all],
    Kind.EMBEDDING: [*facts.CHECKS.all, *embedding.CHECKS.all, *facts.LAST.all],
    Kind.DIARIZATION: [*facts.CHECKS.all, *diarization.CHECKS.all, *facts.LAST.all],
}
_TITLE = {kind: kind.value.capitalize() for kind in CHECKS}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine, and how it is built for the checks; without a case it fails them all."""

    spec: EngineSpec
    case: EngineCase | None

    @property
    def title(self) -> str:
        """Name of the engine, with the case's own where it has one."""
        return title(self.spec, self.case)

    def is_spared(self, check: "Check") -> bool:
        """True where a check of this engine is for `make test-long`."""
        return self.case is not None and self.case.is_costly and check in MUCH_SOUND


def title(spec: EngineSpec, case: EngineCase | None) -> str:
    """Name of an engine in the table."""
    return f"{spec.name}, {case.variant}" if case and case.variant else spec.name


def candidates(kind: Kind) -> Iterator[Candidate]:
    """Every engine of a kind that there is, once for each of its cases."""
    for spec in REGISTRY.of(kind):
        if spec.name in NOT_RUN:
            continue
        cases = cases_of(spec)
        yield from (Candidate(spec, case) for case in cases)
        if not cases:
            yield Candidate(spec, None)


def judge(subject: Subject[Any, Any], check: Check, config: pytest.Config) -> None:
    """Hold an engine to a check, and the table to what comes of it."""
    key = (subject.spec.kind, title(subject.spec, subject.case), check.__name__)
    lack = ""
    try:
        check(subject)
    except NotPromised as error:
        lack = str(error)
    outcome = NOT_PROMISED if lack else HOLDS
    config.stash[OUTCOMES][key] = outcome
    if not config.stash.get(WRITING, False):
        assert committed().get(key, outcome) == outcome, "run: python -m tests.engines.conformance"
    if lack:
        pytest.skip(f"not promised: {lack}")


def words(check: Check) -> str:
    """A check's name for people."""
    return check.__name__.replace("_", " ")


def table(outcomes: Outcomes) -> str:
    """The engines by check, in Markdown.

    Args:
        outcomes: by kind, engine and check.
    """
    lines = [
        "# Engines by check",
        "",
        "What every engine was seen to do by the conformance suite, `tests/engines`. Written by",
        "`python -m tests.engines.conformance`, which needs the extras; never by hand.",
        "",
        f"{HOLDS}: it holds. {NOT_PROMISED}: the engine does not promise it "
        "(and refuses it, where it can be asked for).",
    ]
    for kind, checks in CHECKS.items():
        engines = list(dict.fromkeys(engine for of, engine, _ in outcomes if of is kind))
        lines += ["", f"## {_TITLE[kind]}", "", f"| it holds that | {' | '.join(engines)} |"]
        lines.append("|---|" + "---|" * len(engines))
        for check in checks:
            cells = [outcomes.get((kind, engine, check.__name__), "not run") for engine in engines]
            lines.append(f"| {words(check)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


@cache
def committed() -> Outcomes:
    """What the table of this tree says; empty when there is none."""
    return read_table(TABLE.read_text("utf-8")) if TABLE.exists() else {}


def read_table(text: str) -> Outcomes:
    """What `table` wrote."""
    found: Outcomes = {}
    kinds = {f"## {title}": kind for kind, title in _TITLE.items()}
    kind, engines = Kind.RECOGNITION, list[str]()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line in kinds:
            kind, engines = kinds[line], []
        elif line.startswith("| ") and not engines:
            engines = cells[1:]
        elif line.startswith("| "):
            check = cells[0].replace(" ", "_")
            found |= {(kind, engine, check): cell for engine, cell in zip(engines, cells[1:], strict=True)}
    return found


class Writer:
    """A plugin of pytest that writes the table when all checks hold."""

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[WRITING] = True

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK:
            TABLE.parent.mkdir(exist_ok=True)
            TABLE.write_text(table(session.config.stash[OUTCOMES]), "utf-8")


def main() -> int:
    """Run the suite; write the table when all checks hold."""
    modules = [str(Path(__file__).with_name(f"test_{kind.value}.py")) for kind in CHECKS]
    return int(pytest.main(modules, plugins=[Writer()]))


if __name__ == "__main__":
    from tests.engines import conformance  # the module that the tests import, which this one is not

    sys.exit(conformance.main())
