"""An application around the routes of a test."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, FastAPI

from voice_stack.core.settings import load_settings
from voice_stack.core.settings_report import owned_settings
from voice_stack.web.app import create_app
from voice_stack.web.metrics import Metrics
from voice_stack.web.settings import ServiceSettings

MakeApp = Callable[..., FastAPI]


@asynccontextmanager
async def _no_lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def make_app(monkeypatch: pytest.MonkeyPatch) -> MakeApp:
    """`make_app(router, public_prefixes=("/v1/open",), api_key="k")`: settings as keywords, no environment."""
    for owned in owned_settings(ServiceSettings):
        for name in owned.variables.values():
            monkeypatch.delenv(name, raising=False)

    def make(
        *routers: APIRouter,
        public_prefixes: tuple[str, ...] = (),
        error_members: Mapping[str, dict[str, str]] | None = None,
        **settings: object,
    ) -> FastAPI:
        return create_app(
            load_settings(ServiceSettings, _env_file=None, **settings).web,
            title="Test",
            metrics=Metrics("test"),
            status=lambda: {"engine": "none", "state": "ready"},
            lifespan=_no_lifespan,
            routers=routers,
            public_prefixes=public_prefixes,
            error_members=error_members,
        )

    return make
