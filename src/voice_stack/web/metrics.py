"""Prometheus metrics, in a registry of the application's own."""

import re
import time
from typing import Any, Final

from fastapi import APIRouter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    exposition,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voice_stack import __version__
from voice_stack.web.request_id import CLIENT_CLOSED_REQUEST, answered_status

METRICS_PATH = "/metrics"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "websocket"})
_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


_SAMPLES: Final[dict[str, Any]] = {
    "description": "The samples, as the scraper's Accept asks.",
    "content": {kind: {"schema": {"type": "string"}} for kind in ("text/plain", "application/openmetrics-text")},
}


class Metrics:
    """Counts of every request; services add their own collectors to `registry`.

    Args:
        service: name of the service (`asr`).
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Info("voice_stack_build", "The running service.", registry=self.registry).info(
            {"service": service, "version": __version__}
        )
        self.requests = Counter(
            "voice_stack_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "voice_stack_http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "voice_stack_http_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self.uploaded = Counter(
            "voice_stack_http_uploaded_bytes", "Bytes of request bodies that were read.", registry=self.registry
        )


class MetricsMiddleware:
    """Counts requests by route template, so that ids in paths do not multiply the series."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = CLIENT_CLOSED_REQUEST
        started = time.perf_counter()

        async def note_status(message: Message) -> None:
            nonlocal status
            status = answered_status(message, status) or status
            await send(message)

        async def count_bytes() -> Message:
            message = await receive()
            self._metrics.uploaded.inc(len(message.get("body", b"") or message.get("text") or b""))
            return message

        with self._metrics.in_flight.track_inprogress():
            try:
                await self.app(scope, count_bytes, note_status)
            finally:
                asked = scope.get("method", "websocket")
                method = asked if asked in _METHODS else "other"
                route = route_template(scope)
                self._metrics.requests.labels(method, route, str(status)).inc()
                self._metrics.seconds.labels(method, route).observe(time.perf_counter() - started)


def route_template(scope: Scope) -> str:
    """`/v1/models/{model}` for the path that was asked for, `unmatched` when no route took it."""
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None:
        return "unmatched"
    # A route of an included router knows its path without the prefix of the inclusion; the path has it.
    pattern, _, _ = compile_path(template)
    path: str = scope["path"]
    found = re.search(pattern.pattern.removeprefix("^"), path)
    return path[: found.start()] + template if found else template


def metrics_router(metrics: Metrics) -> APIRouter:
    """GET /metrics in Prometheus' text format or OpenMetrics, as the scraper asks."""
    router = APIRouter(tags=["health"])

    @router.get(METRICS_PATH, name="metrics", response_class=Response, responses={200: _SAMPLES})
    async def read_metrics(request: Request) -> Response:
        """Prometheus metrics of the service."""
        encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"content-type": content_type})

    return router
