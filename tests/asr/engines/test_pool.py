"""Engines are shared, fall back honestly, recover, and leave when idle: with real engines and the tiny model."""

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import Say, text_of
from tests.asr.engines.fake_hub import use_hub
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.service import recognition_models
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import EngineUnavailableError, ModelNotFoundError
from voice_stack.core.settings import load_settings
from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.serving.host import EngineHost
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.spec import EngineSpec


class Workbench:
    """A pool whose builds are counted, can be made to fail or held up, and whose clock stands still.

    Args:
        downloads: what is not on the disk is downloaded; otherwise only builds fail.
    """

    def __init__(self, **settings: object) -> None:
        self.built: list[str] = []
        self.failing: dict[str, str] = {}
        self.now = 0.0
        self.open = threading.Event()
        self.open.set()
        downloads = settings.pop("downloads", False)
        self.settings = load_settings(AsrSettings, **{"asr_device": "cpu", **settings})
        self.host: EngineHost[ASREngine] = EngineHost(
            recognition_models(self.settings),
            self.settings.host,
            EngineQueues(self.settings.queue, quantum=30.0),
            logging.getLogger("voice_stack.asr"),
            build=self.build,
            clock=lambda: self.now,
        )
        if not downloads:  # what fails here fails in the build
            self.host.pool.arrivals._missing = lambda key: None

    def build(self, spec: EngineSpec, config: EngineConfig[Any]) -> Engine:
        self.built.append(spec.name)
        assert self.open.wait(30)
        if spec.name in self.failing:
            raise EngineUnavailableError(self.failing[spec.name])
        return spec.build(config)

    def engine(self, model: str = "whisper-1") -> tuple[str, str | None]:
        """The engine that answers for a model, and the reason for a fallback."""
        with self.host.lease(model) as leased:
            assert leased.engine.name == leased.entry.engine
            return leased.engine.name, leased.fallback_reason

    def warnings(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.fixture
def tiny(tiny_ct2: Path, tmp_path: Path) -> dict[str, object]:
    return {"asr_model": str(tiny_ct2), "model_dir": tmp_path}


def test_configured_engine_answers_and_is_shared(tiny: dict[str, object], tiny_ct2: Path) -> None:
    bench = Workbench(**tiny)
    assert bench.host.status()["state"] == "idle"
    with bench.host.lease("whisper-1") as first, bench.host.lease(tiny_ct2.name) as second:
        assert first.engine is second.engine
        assert first.fallback_reason is None
    status = bench.host.status()
    assert (status["state"], status["engine"], status["model"]) == ("ready", "faster-whisper", tiny_ct2.name)
    assert (status["device"], status["reason"]) == ("cpu", None)
    assert bench.built == ["faster-whisper"]


def test_unreachable_hub_falls_back_to_the_embedded_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, say: Say
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    use_hub(monkeypatch, f"http://127.0.0.1:{port}")
    bench = Workbench(model_dir=tmp_path, downloads=True)
    with bench.host.lease("whisper-1") as leased:
        assert leased.engine.name == "moonshine"
        assert leased.entry.id == "moonshine-tiny"
        assert "Cannot reach the model hub for small" in str(leased.fallback_reason)
        assert text_of(leased.engine, say("the quick brown fox jumps over the lazy dog", rate_wpm=160))
    status = bench.host.status()
    assert (status["state"], status["engine"], status["requested_engine"]) == (
        "degraded",
        "moonshine",
        "faster-whisper",
    )
    assert "Cannot reach the model hub" in str(status["reason"])
    for _ in range(3):
        bench.engine()
    # Tried once, warned once.
    assert bench.built == ["moonshine"]
    (warning,) = bench.warnings(caplog)
    assert warning.startswith("moonshine answers in place of faster-whisper small: Cannot reach the model hub")


def test_failed_engine_is_tried_again_after_its_time_and_recovers(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny, asr_retry_engine_s=60)
    bench.failing["faster-whisper"] = "the GPU is full"
    assert bench.engine() == ("moonshine", "the GPU is full")
    bench.failing.clear()
    bench.now = 59.0
    assert bench.engine() == ("moonshine", "the GPU is full")
    bench.now = 60.0
    assert bench.engine() == ("faster-whisper", None)
    assert bench.host.status()["state"] == "ready"


def test_each_reason_is_warned_of_once(tiny: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    bench = Workbench(**tiny, asr_retry_engine_s=0)
    for reason in ("first", "first", "second", "first"):
        bench.failing["faster-whisper"] = reason
        assert bench.engine() == ("moonshine", reason)
    assert [warning.rsplit(": ", 1)[1] for warning in bench.warnings(caplog)] == ["first", "second"]


def test_fallbacks_are_tried_in_order(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny, asr_fallback_engines="whisper,pocketsphinx")
    bench.failing = {"faster-whisper": "no hub", "whisper": "no torch"}
    assert bench.engine() == ("pocketsphinx", "no hub")
    assert bench.built == ["faster-whisper", "whisper", "pocketsphinx"]


def test_fallback_runs_the_same_model_by_name(tmp_path: Path, tiny_pt: Path) -> None:
    pytest.importorskip("whisper")
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "small.pt").symlink_to(tiny_pt)
    bench = Workbench(
        asr_model="Systran/faster-whisper-small", asr_fallback_engines="whisper", model_dir=tmp_path, asr_cpu_threads=1
    )
    bench.failing["faster-whisper"] = "no hub"
    with bench.host.lease("whisper-1") as leased:
        assert (leased.engine.name, leased.engine.model, leased.fallback_reason) == ("whisper", "small", "no hub")


def test_without_fallbacks_the_reason_is_the_error(tiny: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    bench = Workbench(**tiny, asr_fallback_engines="")
    bench.failing["faster-whisper"] = "the GPU is full"
    for _ in range(3):
        with pytest.raises(EngineUnavailableError, match="the GPU is full") as raised:
            bench.engine()
    assert raised.value.status == 503
    assert bench.host.status()["state"] == "unavailable"
    assert bench.host.status()["engine"] == "faster-whisper"
    assert bench.built == ["faster-whisper"]
    assert len(bench.warnings(caplog)) == 1


def test_another_model_by_name_gets_no_fallback(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny, asr_allowed_models="medium")
    bench.failing["faster-whisper"] = "no hub"
    with pytest.raises(EngineUnavailableError, match="no hub"):
        bench.engine("medium")
    assert bench.engine("pocketsphinx") == ("pocketsphinx", None)


def test_unknown_model_builds_nothing(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny)
    with pytest.raises(ModelNotFoundError):
        bench.engine("gpt-5")
    assert bench.built == []


def test_concurrent_first_requests_share_one_build(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny)
    bench.open.clear()
    with ThreadPoolExecutor(6) as threads:
        tasks = [threads.submit(bench.engine) for _ in range(6)]
        while not bench.built:
            assert not any(task.done() for task in tasks)
        assert bench.host.status()["state"] == "loading"
        bench.open.set()
        assert {task.result(60) for task in tasks} == {("faster-whisper", None)}
    assert bench.built == ["faster-whisper"]


def test_idle_engine_is_unloaded_and_built_again(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny, asr_idle_unload_s=10)
    with bench.host.lease("whisper-1"):
        bench.now = 1000.0
        bench.host.pool.unload_idle()
        assert bench.host.status()["state"] == "ready"
    bench.now += 10
    bench.host.pool.unload_idle()
    assert bench.host.status()["state"] == "idle"
    assert bench.engine() == ("faster-whisper", None)
    assert bench.built == ["faster-whisper"] * 2


def test_reset_forgets_engines_and_failures(tiny: dict[str, object]) -> None:
    bench = Workbench(**tiny)
    bench.failing["faster-whisper"] = "no hub"
    bench.engine()
    bench.failing.clear()
    bench.host.pool.reset()
    assert bench.host.status()["state"] == "idle"
    assert bench.engine() == ("faster-whisper", None)


def test_status_shows_no_path(tiny: dict[str, object], tiny_ct2: Path) -> None:
    bench = Workbench(**tiny, asr_fallback_engines="whisper")
    bench.failing = dict.fromkeys(("faster-whisper", "whisper", "pocketsphinx"), "broken")
    with pytest.raises(EngineUnavailableError):
        bench.engine()
    assert str(tiny_ct2.parent) not in str(bench.host.status())
