"""The application both services are built from."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from voice_stack import __version__
from voice_stack.web.auth import ApiKeyMiddleware, PublicPaths
from voice_stack.web.cors import CrossOriginMiddleware
from voice_stack.web.docs import DOCS_PATH, OPENAPI_PATH, install_docs
from voice_stack.web.drain import DrainMiddleware
from voice_stack.web.errors import SafetyNetMiddleware, install_error_handlers
from voice_stack.web.health import HEALTH_PATHS, health_router
from voice_stack.web.metrics import METRICS_PATH, Metrics, MetricsMiddleware, metrics_router
from voice_stack.web.request_id import RequestIdMiddleware
from voice_stack.web.settings import WebOptions
from voice_stack.web.targets import TargetMiddleware
from voice_stack.web.turnstile import TurnstileMiddleware
from voice_stack.web.upload_pace import UploadPace


def create_app(
    options: WebOptions,
    *,
    title: str,
    metrics: Metrics,
    status: Callable[[], Mapping[str, object]],
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    routers: Sequence[APIRouter],
    upload_pace: UploadPace = UploadPace(),
    public_prefixes: Sequence[str] = (),
    error_members: Mapping[str, Mapping[str, Any]] | None = None,
    undocumented: Sequence[str] = (),
    facts: Callable[[], Mapping[str, dict[str, Any]]] = dict,
) -> FastAPI:
    """Assemble a service: its routes, and around them everything that both services do alike.

    Args:
        options: who may call it, and where.
        title: shown in the API documentation.
        metrics: named after the service; its registry takes further collectors.
        status: what /health says about the engine; called on the event loop, must not block.
        lifespan: starts and stops what the service keeps on `app.state`.
        upload_pace: how slowly bodies may come.
        routers: included under `options.api_v1_str`.
        public_prefixes: path prefixes that never ask for the API key, besides health, metrics and documentation.
        error_members: by path, what errors say beside the envelope.
        undocumented: names of parameters and fields that this server does not take.
        facts: what only the settings tell of a parameter or field, for the documentation; see `install_docs`.

    Returns:
        The application; `app.state.metrics` is its `Metrics`.
    """
    public = (*HEALTH_PATHS, METRICS_PATH, DOCS_PATH, OPENAPI_PATH, *public_prefixes)
    # The first is outermost. Ids, metrics and CORS headers have to be on every error too, so they stand outside of
    # what makes the errors; the drain stands outside of what may answer before the body is read.
    probed = frozenset((*HEALTH_PATHS, METRICS_PATH))
    middleware = [
        Middleware(RequestIdMiddleware, quiet_paths=probed),
        Middleware(TurnstileMiddleware, free_paths=probed),
        Middleware(TargetMiddleware),
        Middleware(MetricsMiddleware, metrics=metrics),
        *([Middleware(CrossOriginMiddleware, origins=options.cors_origins)] if options.cors_origins else []),
        Middleware(DrainMiddleware),
        Middleware(SafetyNetMiddleware),
        Middleware(ApiKeyMiddleware, api_key=options.api_key, public_prefixes=public),
    ]
    app = FastAPI(
        title=title,
        version=__version__,
        lifespan=lifespan,
        middleware=middleware,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI_PATH,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.metrics = metrics
    app.state.upload_pace = upload_pace
    install_error_handlers(app, error_members)
    keyless = PublicPaths(public)
    install_docs(
        app, asks_for_key=lambda path: bool(options.api_key) and path not in keyless, left_out=undocumented, facts=facts
    )
    app.include_router(health_router(metrics.service, status))
    app.include_router(metrics_router(metrics))
    for router in routers:
        app.include_router(router, prefix=options.api_v1_str)
    return app
