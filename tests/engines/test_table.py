"""docs/conformance.md has every engine of ours and every check; the suite itself holds its cells to what it sees."""

import itertools

from tests.engines.cases import NOT_RUN, cases_of
from tests.engines.conformance import CHECKS, HOLDS, NOT_PROMISED, TABLE, committed, read_table, table, title
from voice_stack.serving.registry import BUILT_IN, Registry


def test_the_table_is_up_to_date() -> None:
    ours = Registry(BUILT_IN, entry_points=None)
    expected = {
        (kind, title(spec, case), check.__name__)
        for kind, checks in CHECKS.items()
        for spec in ours.of(kind)
        for case in cases_of(spec)
        for check in checks
    }
    assert committed().keys() == expected, "run: python -m tests.engines.conformance"
    assert set(committed().values()) <= {HOLDS, NOT_PROMISED}
    assert table(committed()) == TABLE.read_text("utf-8")


def test_every_engine_of_ours_has_a_case() -> None:
    ours = Registry(BUILT_IN, entry_points=None)
    missing = {spec.name for kind in BUILT_IN for spec in ours.of(kind) if not cases_of(spec)}
    assert missing == NOT_RUN


def test_a_table_is_read_as_it_was_written() -> None:
    cells = itertools.cycle((HOLDS, NOT_PROMISED, HOLDS))
    engines = ("one", "another, in a mode")
    written = {
        (kind, name, check.__name__): next(cells) for kind in CHECKS for name in engines for check in CHECKS[kind]
    }
    assert read_table(table(written)) == written
