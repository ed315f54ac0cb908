"""What must hold for an engine of any kind: its row, what it tells of itself, how it is built and freed."""

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.engines.subject import Checks, Subject, promised
from tests.live_server import ROOT
from tests.test_imports import HEAVY
from voice_stack.asr.engines.base import ASREngine
from voice_stack.cli.env_example import setting_classes
from voice_stack.core.devices import the_engine_decides
from voice_stack.core.errors import EngineUnavailableError, ModelNotFoundError
from voice_stack.core.settings import SettingsGroup
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.engine import EngineOptions
from voice_stack.serving.options import HostOptions
from voice_stack.serving.registry import REGISTRY, Registry
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.speaker.diarization.base import DiarizationEngine
from voice_stack.speaker.engines.base import EmbeddingEngine
from voice_stack.tts.engines.base import TTSEngine

AnySubject = Subject[Any, Any]
CONTRACTS = {Kind.RECOGNITION: ASREngine, Kind.SPEECH: TTSEngine, Kind.EMBEDDING: EmbeddingEngine}
CONTRACTS |= {Kind.DIARIZATION: DiarizationEngine}
# Voices are told apart in any language.
ANY_LANGUAGE = (Kind.EMBEDDING, Kind.DIARIZATION)
UNKNOWN = ("no-such-model", "", "*", "../../etc/passwd", "/etc", "no such/model", "\0")
# Seconds of computing for all facts, the imports of the engine's own modules included.
AT_ONCE_S = 2.0
CLOSED_S = 10.0

CHECKS: Checks[AnySubject] = Checks()
LAST: Checks[AnySubject] = Checks()
"""These come after those of the kind."""


@CHECKS
def its_row_is_complete(subject: AnySubject) -> None:
    spec = subject.spec
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", spec.name)
    assert spec in REGISTRY.of(spec.kind)
    assert issubclass(spec.load(), CONTRACTS[spec.kind])
    assert spec.load().name == spec.name
    assert spec.install.strip()
    assert spec.licence.code
    assert spec.licence.weights
    decides_itself = spec.workers is the_engine_decides
    assert decides_itself or all(spec.workers(device) >= 1 for device in ("cpu", "cuda:0"))


@CHECKS
def its_settings_are_its_own_and_described(subject: AnySubject) -> None:
    options = subject.spec.options
    owners = _owners()
    prefixes = {Kind.RECOGNITION: "ASR_", Kind.SPEECH: "TTS_", Kind.EMBEDDING: "SPEAKER_"}
    prefix = prefixes.get(subject.spec.kind, f"{subject.spec.kind.upper()}_")
    for name, variable in options.variables().items():
        info = options.model_fields[name]
        assert info.description, variable
        assert len(owners[variable]) == 1, f"{variable} is declared by {owners[variable]}"
        assert variable.startswith(prefix) or info.validation_alias is not None, variable
    assert options is EngineOptions or options.__doc__


@CHECKS
def what_it_is_told_crosses_processes(subject: AnySubject) -> None:
    config = subject.config
    assert pickle.loads(pickle.dumps(config)) == config
    defaults = subject.spec.options()
    assert pickle.loads(pickle.dumps(defaults)) == defaults


@CHECKS
def its_models_are_entries_without_paths(subject: AnySubject) -> None:
    entries = subject.spec.models(subject.config)
    assert entries, "it has no model, though one is configured"
    assert entries[0].installed
    for entry in entries:
        assert entry.engine == subject.spec.name
        assert entry.id
        assert entry.owned_by
        assert entry.created > 0
        for name in (entry.id, *entry.names):
            assert not Path(name).is_absolute()
            assert not name.startswith((".", "~"))
    again = subject.spec.models(replace(subject.config, model=entries[0].source))
    assert again[0] == entries[0], "it does not know its own model by its source"


@CHECKS
def a_name_that_it_does_not_know_is_no_model(subject: AnySubject) -> None:
    listed = {entry.id for entry in subject.spec.models(subject.config)}
    for name in UNKNOWN:
        found = subject.spec.find(name, subject.config)
        assert found is None or not found.installed, name
        assert name not in listed
    assert subject.spec.find("no-such-model", subject.config) is None


@CHECKS
def no_request_names_a_path(subject: AnySubject) -> None:
    """Whatever `find` takes of an operator: of a request, the catalogue compares names only."""
    spec, source = subject.spec, subject.config.model

    def configure(_: object, model: str) -> Any:
        return replace(subject.config, model=model)

    host = _Hosts(engine=spec.name, allowed_models=["*"])
    registry = _Only(spec)
    # Another model is configured than the one at the path, so that the path is not simply its source.
    catalogue = Catalogue(spec.kind, Names(("usual",)), host, configure, registry, model=_other(subject))
    for name in filter(None, (source, f"{source}/", str(subject.workshop.folder), "/etc", "..")):
        with pytest.raises(ModelNotFoundError):
            catalogue.chain(name)


@CHECKS
def nothing_is_in_its_way_here(subject: AnySubject) -> None:
    assert subject.spec.obstacle(subject.config) is None
    assert subject.cls.is_downloaded(subject.config)
    for path in subject.cls.files(subject.config):
        assert path.exists()


@CHECKS
def its_facts_are_told_at_once_without_network(subject: AnySubject) -> None:
    told = _told(subject)
    facts = told["facts"]
    assert (facts["obstacle"], facts["is_downloaded"], facts["unknown"]) == (None, True, False)
    assert facts["languages"] or subject.spec.kind in ANY_LANGUAGE
    assert facts["models"]
    assert told["seconds"] < AT_ONCE_S
    heavy = {*HEAVY, *subject.case.packages} - {"espeakng_loader"}  # which holds a path and nothing else
    assert not heavy & set(told["modules"])
    assert told["reached"] == [], "the network was asked"
    assert told["downloaded"] is None or Path(told["downloaded"]).exists()
    if subject.spec.kind is Kind.SPEECH:
        assert facts["voices"]
        assert not facts["knows_nobody"]


@CHECKS
def a_missing_package_says_how_to_install_it(subject: AnySubject) -> None:
    promised(bool(subject.case.packages), "it needs no package")
    told = _told(subject)["without"]
    assert set(told) == set(subject.case.packages)
    for package, message in told.items():
        assert message, f"it was built without {package}"
        assert message.rstrip(".").endswith(f"pip install {subject.spec.install}"), message


@CHECKS
def a_broken_model_is_unavailable_and_its_path_is_not_told(subject: AnySubject) -> None:
    promised(bool(subject.case.weights), "it loads no model")
    source = Path(subject.config.model)
    tried = 0
    for model in _broken(source, subject.case.weights, subject.workshop.folder / "broken"):
        tried += 1
        with pytest.raises(EngineUnavailableError) as raised:
            subject.spec.build(replace(subject.config, model=str(model))).close()
        assert str(subject.workshop.folder) not in raised.value.message
        names = {path.stem for path in (model, *model.rglob("*"))}
        assert any(name in raised.value.message for name in names), "it does not say which model"
    assert tried


@CHECKS
def it_can_what_its_class_says(subject: AnySubject) -> None:
    engine, config = subject.engine, subject.config
    assert isinstance(engine, subject.cls)
    languages = engine.capabilities.languages
    assert languages or subject.spec.kind in ANY_LANGUAGE
    assert languages <= subject.cls.languages(config)
    assert engine.capabilities.concurrency >= 1
    assert engine.model == subject.spec.models(config)[0].id
    assert re.fullmatch(r"[a-z]+(:\d+)?", engine.device)


@LAST
def closing_leaves_nothing_behind(subject: AnySubject) -> None:
    assert subject.engine
    subject.close()
    until = time.monotonic() + CLOSED_S
    while subject.left() and time.monotonic() < until:
        time.sleep(0.05)
    assert subject.left() == []


class _Hosts(HostOptions):
    """An engine of its kind, alone."""


class _Only(Registry):
    """A registry of one engine."""

    def __init__(self, spec: EngineSpec) -> None:
        super().__init__({}, None)
        self._spec = spec

    def of(self, kind: Kind) -> list[EngineSpec]:
        return [self._spec]

    def get(self, kind: Kind, name: str, variable: str) -> EngineSpec:
        return self._spec


def _other(subject: AnySubject) -> str:
    """A model that is not at the path of the one that is tested: a copy of it by another name."""
    source = Path(subject.config.model)
    if not subject.case.weights:
        return ""
    copy = subject.workshop.folder / f"other{source.suffix if source.is_file() else ''}"
    if not copy.exists():
        copy.symlink_to(source, target_is_directory=source.is_dir())
    return str(copy)


@cache
def _owners() -> dict[str, set[type[SettingsGroup]]]:
    """The classes that declare each variable of any service and engine, without those that inherit it."""
    owners: dict[str, set[type[SettingsGroup]]] = {}

    def walk(cls: type[SettingsGroup]) -> None:
        for name, variable in cls.variables().items():
            bases = [base for base in reversed(cls.__mro__) if issubclass(base, SettingsGroup)]
            owner = next(base for base in bases if base.variables().get(name) == variable)
            owners.setdefault(variable, set()).add(owner)
        for nested in cls.nested().values():
            walk(nested)

    for cls in setting_classes(REGISTRY):
        walk(cls)
    return owners


def _told(subject: AnySubject) -> dict[str, Any]:
    """What `tests.engines.light` prints of an engine; asked once."""
    if not subject.told:
        question = (subject.spec.kind.value, subject.spec.name, subject.config, tuple(subject.case.packages))
        done = subprocess.run(
            [sys.executable, "-m", "tests.engines.light"],
            input=pickle.dumps(question),
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        subject.told = json.loads(done.stdout.decode().splitlines()[-1])
    return subject.told


def _broken(source: Path, weights: str, folder: Path) -> Iterator[Path]:
    """Models that are none: without anything, and with half of what counts."""
    folder.mkdir()
    if source.is_file():
        half = folder / f"half{source.suffix}"
        half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
        yield half
        return
    (folder / "hollow").mkdir()
    yield folder / "hollow"
    half = folder / "half"
    shutil.copytree(source, half)
    files = list(half.glob(weights))
    assert files, f"the case's model has no {weights}"
    for path in files:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    yield half
