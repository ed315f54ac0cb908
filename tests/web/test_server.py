"""A service in a process of its own: start, logging, stop, debugger."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from voice_stack.core.errors import SettingsError
from voice_stack.web.server import start_debugger
from voice_stack.web.settings import DebugOptions

PROGRAM = """
import contextlib, logging, sys
from voice_stack.core.settings import load_settings
from voice_stack.web.settings import ServiceSettings
from voice_stack.web.app import create_app
from voice_stack.web.metrics import Metrics
from voice_stack.web.server import serve

@contextlib.asynccontextmanager
async def lifespan(app):
    logging.getLogger("voice_stack.asr").info("up", extra={"model": "tiny"})
    yield
    logging.getLogger("voice_stack.asr").info("down")

settings = load_settings(ServiceSettings, _env_file=None)
build = lambda: create_app(
    settings.web, title="t", metrics=Metrics("t"), status=dict, lifespan=lifespan, routers=[]
)
serve(build, "127.0.0.1", int(sys.argv[1]), settings)
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_service_starts_logs_json_lines_and_stops(stop: signal.Signals) -> None:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"LOG_FORMAT": "json", "API_KEY": "secret"},
    )
    try:
        for _ in range(600):
            try:
                httpx.get(f"http://127.0.0.1:{port}/health")
                break
            except httpx.ConnectError:
                assert process.poll() is None
                time.sleep(0.1)
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/models", headers={"x-request-id": "mine"})
        process.send_signal(stop)
        _, log = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert answer.status_code == 401
    assert "server" not in answer.headers
    lines = [json.loads(line) for line in log.splitlines()]
    messages = [line["message"] for line in lines]
    assert messages.index("up") < messages.index("request") < messages.index("down")
    assert next(line for line in lines if line["message"] == "up")["model"] == "tiny"
    (request,) = [line for line in lines if line["message"] == "request"]
    assert (request["request_id"], request["path"], request["status"]) == ("mine", "/v1/models", 401)
    assert any(line["logger"] == "uvicorn.error" for line in lines)
    assert "secret" not in log


def test_a_taken_port_stops_the_start_with_a_reason() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        command = [sys.executable, "-c", PROGRAM, str(holder.getsockname()[1])]
        ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr.lower()


def test_a_missing_debugger_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", None)
    with pytest.raises(SettingsError, match=r"DEBUGPY_ENABLE=true.*pip install debugpy"):
        start_debugger(DebugOptions(enable=True))


def test_the_debugger_listens_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "debugpy.py").write_text(
        "calls = []\ndef listen(address): calls.append(address)\ndef wait_for_client(): calls.append('wait')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    start_debugger(DebugOptions(enable=True, port=5999, wait=True))
    calls = sys.modules.pop("debugpy").calls
    assert calls == [("127.0.0.1", 5999), "wait"]


def test_an_address_the_debugger_cannot_have_is_a_settings_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "debugpy.py").write_text("def listen(address): raise RuntimeError('already in use')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    with pytest.raises(SettingsError, match="DEBUGPY_PORT=5678: cannot listen: already in use"):
        start_debugger(DebugOptions(enable=True))
    del sys.modules["debugpy"]


def test_nothing_is_imported_for_a_debugger_nobody_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", None)
    start_debugger(DebugOptions())
