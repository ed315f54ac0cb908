"""The Makefile's list of openai-whisper's requirements is the package's own, and its targets run every test once."""

import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest

MAKEFILE = (Path(__file__).resolve().parent.parent / "Makefile").read_text(encoding="utf-8")
# Installed first, installed anyway, and left out.
ELSEWHERE = {"torch", "numpy", "triton"}


def variable(name: str) -> list[str]:
    (value,) = re.findall(rf"^{name} := (.*)$", MAKEFILE, re.MULTILINE)
    return str(value).split()


def test_openai_whisper_gets_all_that_it_needs() -> None:
    wanted = [line for line in requires("openai-whisper") or [] if "extra ==" not in line]
    names = {re.split(r"[^\w-]", line, maxsplit=1)[0] for line in wanted}
    assert {"torch", "tiktoken"} <= names
    assert set(variable("WHISPER_NEEDS")) == names - ELSEWHERE


@pytest.mark.parametrize(("name", "package"), [("TORCH", "torch"), ("WHISPER", "openai-whisper")])
def test_the_pinned_version_is_the_tested_one(name: str, package: str) -> None:
    assert variable(name) == [f"{package}=={version(package).partition('+')[0]}"]


@pytest.mark.parametrize("long", [False, True])
def test_every_test_is_run_by_one_target(long: bool) -> None:
    expressions = re.findall(r"^\t\$\(PYTEST\).* -m '?([^'\n]+)'?$", MAKEFILE, re.MULTILINE)
    assert len(expressions) == 2
    runs = [expression for expression in expressions if eval(expression, {"long": long})]
    assert len(runs) == 1
