"""What an engine tells of itself in a fresh process without network, before anything of it is loaded.

python -m tests.engines.light < (kind, name, configuration, packages), pickled; prints JSON.
"""

import importlib
import json
import pickle
import socket
import sys
import time
from typing import Any, NoReturn

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.tts.engines.base import TTSEngine


def main() -> None:
    kind, name, config, packages = pickle.load(sys.stdin.buffer)
    reached: list[str] = []

    def refuse(*arguments: Any, **_: Any) -> NoReturn:
        reached.append(str(arguments))
        raise OSError("no network")

    for way in ("connect", "connect_ex"):
        setattr(socket.socket, way, refuse)
    socket.getaddrinfo = refuse
    spec = REGISTRY.get(Kind(kind), name, "the engine")
    began = time.process_time()
    told = facts(spec, config)
    seconds = time.process_time() - began
    modules = sorted({module.partition(".")[0] for module in sys.modules})
    downloaded = spec.load().download(config)
    answer = {
        "facts": told,
        "seconds": seconds,
        "modules": modules,
        "downloaded": None if downloaded is None else str(downloaded),
        "reached": reached,
        "without": {package: built_without(package, spec, config) for package in packages},
    }
    print(json.dumps(answer))


def facts(spec: EngineSpec, config: EngineConfig[Any]) -> dict[str, Any]:
    """All that can be asked of an engine that is not loaded, as JSON."""
    cls = spec.load()
    told = {
        "obstacle": spec.obstacle(config),
        "is_downloaded": cls.is_downloaded(config),
        "languages": sorted(cls.languages(config)),
        "files": [str(path) for path in cls.files(config)],
        "models": [entry.id for entry in spec.models(config)],
        "unknown": spec.find("no-such-model", config) is not None,
        "workers": spec.workers("cpu"),
    }
    if issubclass(cls, TTSEngine):
        told["voices"] = [voice.id for voice in cls.voices(config)]
        told["knows_nobody"] = cls.knows_voice(config, "nobody")
    return told


def built_without(package: str, spec: EngineSpec, config: EngineConfig[Any]) -> str:
    """The message of an engine that lacks a package; empty when it was built all the same."""
    sys.modules[package] = None  # type: ignore[assignment]
    importlib.invalidate_caches()
    try:
        spec.build(config).close()
    except EngineUnavailableError as error:
        return error.message
    finally:
        del sys.modules[package]
    return ""


if __name__ == "__main__":
    main()
