"""Engines for the conformance suite, each built once and freed before the next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.conformance import CHECKS, OUTCOMES, Candidate, candidates
from tests.engines.subject import SUBJECTS, Subject, Workshop
from tests.live_server import TONE, Server, serve_asr, serve_tts


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(OUTCOMES, {})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All checks of a module's kind for one engine, and of the next."""
    if {"subject", "check"} <= set(metafunc.fixturenames):
        kind = metafunc.module.KIND
        engines = list(candidates(kind))
        pairs = [
            pytest.param(
                engine,
                check,
                marks=[pytest.mark.long] if engine.is_spared(check) else [],
                id=f"{engine.title}-{check.__name__}",
            )
            for engine in engines
            for check in CHECKS[kind]
        ]
        metafunc.parametrize(("subject", "check"), pairs, indirect=["subject"], scope="session")


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject[Any, Any]]:
    """The engine that is checked."""
    candidate: Candidate = request.param
    if candidate.case is None:
        pytest.fail(f"the engine {candidate.spec.name} has no case in tests/engines/cases.py: how is it built there?")
    workshop = Workshop(request.getfixturevalue, tmp_path_factory.mktemp(candidate.spec.name))
    made = SUBJECTS[candidate.spec.kind](candidate.spec, candidate.case, workshop)
    yield made
    made.close()


@pytest.fixture(scope="session")
def upstream_recognition(tiny_ct2: Path) -> Iterator[Server]:
    """Another Voice Stack, for the engine that asks one."""
    model = {"ASR_ENGINE": "faster-whisper", "ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}
    greedy = {"ASR_BEAM_SIZE": "1", "ASR_BEST_OF": "1", "ASR_TEMPERATURE": "0"}
    with serve_asr({**model, **greedy}) as server:
        yield server


@pytest.fixture(scope="session")
def upstream_speech() -> Iterator[Server]:
    """The same for speech."""
    with serve_tts(TONE) as server:
        yield server
