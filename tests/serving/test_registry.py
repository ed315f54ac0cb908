"""Where engines come from: our own rows, and those of installed packages."""

import logging
from pathlib import Path

import pytest

from tests.serving.fake_engines import PLACES
from voice_stack.core.errors import SettingsError
from voice_stack.serving.registry import BUILT_IN, Registry
from voice_stack.serving.spec import Kind

GROUP = "voice_stack.test_engines"
ROW = """
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE = EngineSpec(
    Kind.{kind}, "{name}", "{module}:Engine", install="{module}", licence=Licence("MIT", "none"),
    models=lambda config: [ModelEntry("{name}-1", "{name}", "", "somebody", 0, True)], rank={rank},
)
"""


def install(folder: Path, module: str, content: str) -> None:
    """A package with an entry point for an engine, as pip would leave it."""
    (folder / f"{module}.py").write_text(content, encoding="utf-8")
    facts = folder / f"{module}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(f"[{GROUP}]\n{module} = {module}:ENGINE\n", encoding="utf-8")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def names(registry: Registry, kind: Kind = Kind.SPEECH) -> list[str]:
    return [spec.name for spec in registry.of(kind)]


def test_rows_are_sorted_by_rank_and_those_without_one_come_last() -> None:
    assert names(Registry(PLACES, None)) == ["beta", "alpha", "gamma", "inside", "signal"]


def test_kinds_are_apart() -> None:
    registry = Registry(PLACES, None)
    assert names(registry, Kind.CONVERSION) == ["untrue", "absent"]
    assert names(registry, Kind.EMBEDDING) == []


def test_our_own_engines() -> None:
    registry = Registry(BUILT_IN, None)
    chosen = ["coqui", "kokoro", "pocket", "piper", "supertonic", "espeak"]
    assert names(registry) == [*chosen, "chatterbox", "tone", "remote"]
    assert {"faster-whisper", "whisper", "pocketsphinx"} <= set(names(registry, Kind.RECOGNITION))
    assert [spec.name for spec in registry.of(Kind.SPEECH) if spec.licence.non_commercial] == ["coqui"]
    assert {spec.load().name for spec in registry.of(Kind.SPEECH)} == set(names(registry))


def test_an_unknown_name_is_told_with_all_that_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        Registry(PLACES, None).get(Kind.SPEECH, "festival", "TTS_ENGINE")
    assert str(caught.value) == (
        "TTS_ENGINE='festival': there is no such engine. There are: beta, alpha, gamma, inside, signal."
    )


def test_an_installed_package_brings_an_engine(packages: Path) -> None:
    install(packages, "foreign_noise", ROW.format(kind="SPEECH", name="noise", module="foreign_noise", rank=25))
    registry = Registry(PLACES, GROUP)
    assert names(registry) == ["beta", "alpha", "noise", "gamma", "inside", "signal"]
    assert registry.get(Kind.SPEECH, "noise", "TTS_ENGINE").install == "foreign_noise"
    assert names(Registry(PLACES, None)) == ["beta", "alpha", "gamma", "inside", "signal"]


def test_a_package_of_another_kind_stays_out(packages: Path) -> None:
    install(packages, "foreign_ear", ROW.format(kind="RECOGNITION", name="ear", module="foreign_ear", rank=1))
    registry = Registry(PLACES, GROUP)
    assert "ear" not in names(registry)
    assert names(registry, Kind.RECOGNITION) == ["ear"]


@pytest.mark.parametrize("content", ["import not_there_at_all", "ENGINE = 7", "1 / 0", "NOTHING = 1"])
def test_a_broken_package_is_told_and_left_out(packages: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    # A module of its own for each: what is imported stays.
    module = f"foreign_broken_{abs(hash(content))}"
    install(packages, module, content)
    install(packages, f"{module}_noise", ROW.format(kind="SPEECH", name="noise", module=module, rank=25))
    with caplog.at_level(logging.WARNING):
        assert names(Registry(PLACES, GROUP)) == ["beta", "alpha", "noise", "gamma", "inside", "signal"]
    assert [record.getMessage() for record in caplog.records if f" {module} " in record.getMessage()]


def test_a_foreign_engine_cannot_take_the_name_of_one_of_ours(packages: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(packages, "foreign_alpha", ROW.format(kind="SPEECH", name="alpha", module="foreign_alpha", rank=1))
    registry = Registry(PLACES, GROUP)
    with caplog.at_level(logging.WARNING):
        assert registry.get(Kind.SPEECH, "alpha", "TTS_ENGINE").place == "tests.serving.fake_engines:Alpha"
    assert names(registry) == ["beta", "alpha", "gamma", "inside", "signal"]
    assert "another engine 'alpha'" in caplog.text
