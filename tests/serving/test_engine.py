"""The contract of every engine: its facts are checked when the class is defined, and what it is told is plain data."""

import logging
import pickle
from pathlib import Path

import pytest

from tests.serving.fake_engines import ABSENT, ALPHA, BETA, UNTRUE, Alpha, FakeEngine, FakeOptions
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.answering import Answering
from voice_stack.serving.engine import Engine, EngineConfig


@pytest.mark.parametrize("name", ["", "Alpha", "two words", "under_score", "-", "a--b", "trailing-", None, 7])
def test_a_name_that_is_none_stops_the_definition(name: object) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.name must be lower-case letters"):
        type("Wrong", (FakeEngine,), {"name": name})


def test_an_engine_without_a_name_stops_the_definition() -> None:
    with pytest.raises(TypeError, match=r"Nameless\.name"):
        type("Nameless", (FakeEngine,), {})


@pytest.mark.parametrize("fact", ["obstacle", "is_downloaded", "languages", "close", "__init__"])
def test_a_missing_fact_stops_the_definition(fact: str) -> None:
    told = {name: value for name, value in vars(FakeEngine).items() if not name.startswith("_") or name == "__init__"}
    del told[fact]
    with pytest.raises(TypeError, match=f"Incomplete lacks {fact}"):
        type("Incomplete", (Engine,), {**told, "name": "incomplete"})
    type("Complete", (Engine,), {**told, fact: vars(FakeEngine)[fact], "name": "complete"})


def test_a_contract_needs_no_name() -> None:
    class Contract(Engine, abstract=True):
        """Of another kind."""

    with pytest.raises(TypeError, match=r"Concrete\.name"):
        type("Concrete", (Contract,), {})


def test_what_an_engine_is_told_crosses_processes() -> None:
    config = EngineConfig(FakeOptions(temperature=0.7), model="x", workers=3, model_dir=Path("there"))
    copy = pickle.loads(pickle.dumps(config))
    assert copy == config
    assert copy.options.temperature == 0.7


def test_who_answers_crosses_processes() -> None:
    answering = Answering("alpha", "alpha-large", fallback="because", voice="anna", language="de")
    assert pickle.loads(pickle.dumps(answering)) == answering


def test_a_row_builds_its_engine() -> None:
    engine = ALPHA.build(EngineConfig(FakeOptions(), model="alpha-small"))
    assert isinstance(engine, Alpha)
    assert engine.model == "alpha-small"


def test_an_obstacle_is_told_before_anything_is_built() -> None:
    with pytest.raises(EngineUnavailableError, match="needs the package beta-package"):
        BETA.build(EngineConfig(FakeOptions()))


def test_an_engine_that_does_not_import_says_what_to_install() -> None:
    config = EngineConfig(FakeOptions())
    with pytest.raises(EngineUnavailableError, match="pip install absent-package"):
        ABSENT.build(config)
    assert "pip install absent-package" in (ABSENT.obstacle(config) or "")


def test_a_path_in_a_failure_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(EngineUnavailableError) as caught:
        UNTRUE.build(EngineConfig(FakeOptions()))
    assert caught.value.message == "The engine untrue cannot be loaded: No such file or directory"
    assert "/secret/place" in caplog.text
