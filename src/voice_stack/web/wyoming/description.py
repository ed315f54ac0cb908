"""Parts of a service's description: who made a model, and in which version it is here."""

import importlib.metadata
import re
from functools import cache
from typing import Final

from wyoming.info import Attribution

from voice_stack import __version__
from voice_stack.serving.spec import LOCAL, EngineSpec, ModelEntry

PROGRAM: Final = "voice-stack"
"""Name of the one program of each service."""

_HUB: Final = "https://huggingface.co"
_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")
_EXTRA: Final = re.compile(rf"'?{PROGRAM}\[([\w-]+)\]'?")
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")

OURS: Final = Attribution(name="Voice Stack", url="")
"""Makers of the service itself."""


def made_by(entry: ModelEntry) -> Attribution:
    """Maker of a model, and where it is from if that is a hub."""
    if entry.owned_by != LOCAL and _HUB_ID.fullmatch(entry.source):
        return Attribution(name=entry.owned_by, url=f"{_HUB}/{entry.source}")
    return Attribution(name=entry.owned_by, url="")


def engine_version(spec: EngineSpec) -> str:
    """Version of the package that an engine runs on; our own where it needs none that is installed."""
    return _version(_package(spec.install)) or __version__


@cache
def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def _package(install: str) -> str:
    """The package that an engine is told to be installed by: of an extra the first."""
    extra = _EXTRA.fullmatch(install)
    if extra is None:
        name = _NAME.match(install)
        return name[0] if name else PROGRAM
    try:
        wanted = importlib.metadata.requires(PROGRAM) or []
    except importlib.metadata.PackageNotFoundError:
        return PROGRAM
    for line in wanted:
        name = _NAME.match(line)
        if name and re.search(rf"extra\s*==\s*['\"]{re.escape(extra[1])}['\"]", line):
            return name[0]
    return PROGRAM
