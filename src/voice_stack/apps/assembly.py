"""Assembly of a service from its parts: engines watched, jobs, queue, metrics, health. The same for each."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from voice_stack.core.errors import VoiceStackError
from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.pulling import pull_handler
from voice_stack.jobs.types import PULL, StoredResponse
from voice_stack.jobs.work.run import JobHandler, JobRun
from voice_stack.language.codes import LANGUAGES, language_pattern
from voice_stack.serving.execution import Runner
from voice_stack.serving.model_manager import ModelManager
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.service import EngineService
from voice_stack.serving.spec import Kind
from voice_stack.web import models as model_routes
from voice_stack.web.app import create_app
from voice_stack.web.jobs import routes as job_routes
from voice_stack.web.jobs.lifespan import running_jobs
from voice_stack.web.jobs.metrics import JobMetrics
from voice_stack.web.lifespan import engine_lifespan, warn_of_misspelt_settings
from voice_stack.web.metrics import Metrics
from voice_stack.web.queue import QueueMetrics, queue_status
from voice_stack.web.realtime.state import RealtimeState
from voice_stack.web.run_metrics import RunMetrics
from voice_stack.web.state import ServiceState
from voice_stack.web.upload_pace import UploadPace

if TYPE_CHECKING:
    from voice_stack.web.wyoming.server import WyomingServer

Gauge = Callable[[], float]
Handler = Callable[[JobRun, Any], Awaitable[StoredResponse]]
"""Runs a job, given the service's state."""


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """Parts of one service.

    Attributes:
        name: short (`asr`): in health, metrics and folders; in upper case, the prefix of its own settings.
        kind: of its engines.
        settings: class of its settings; they have a group `host`.
        service: makes the blocking service of settings and of who is told of finished runs.
        runner: makes what runs it on threads.
        metrics: makes its own metrics of a registry, the runs under way and the runs that wait.
        jobs: handlers by kind of job.
        routers: its routes, below the API's prefix; those of models and jobs are added.
        is_public: path, below the API's prefix, that never asks for the key, as the settings say; None for none.
        error_members: what errors of a path, below the API's prefix, say beside the envelope.
        facts: what the settings tell of a parameter or field: keywords of its schema, by its name.
        wyoming: what is said over Wyoming, of the service's state: `converse` and `describe` of `WyomingServer`. Called
            where that is enabled, so it imports what it needs.
    """

    name: str
    kind: Kind
    settings: type[Any]
    service: Callable[[Any, Callable[[Any], None]], EngineService[Any, Any]]
    runner: Callable[[Any], Runner[Any, Any, Any]]
    metrics: Callable[[CollectorRegistry, Gauge, Gauge], RunMetrics[Any]]
    jobs: Mapping[str, Handler]
    routers: Sequence[APIRouter]
    is_public: Callable[[Any], str | None] = lambda settings: None
    error_members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Callable[[Any], Mapping[str, dict[str, Any]]] = lambda settings: {}
    wyoming: Callable[[Any], tuple[Any, Any]] | None = None


def read_settings(parts: ServiceParts, **flags: Any) -> Any:
    """A service's settings, when those of all of its engines are right too.

    Args:
        flags: as for `load_settings`.

    Raises:
        SettingsError: one line for each bad variable.
    """
    return load_settings(parts.settings, *(spec.options for spec in REGISTRY.of(parts.kind)), **flags)


def assemble(parts: ServiceParts, settings: Any | None = None) -> FastAPI:
    """A service as an application. Loads no model and imports no engine's package.

    Args:
        settings: read from the environment when absent.

    Returns:
        The application; `app.state.service` is its `ServiceState`.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or read_settings(parts)
    own = [spec.options for spec in REGISTRY.of(parts.kind)]
    warn_of_misspelt_settings(settings, *own, prefix=f"{parts.name.upper()}_")
    metrics = Metrics(parts.name)
    counted = parts.metrics(metrics.registry, lambda: runner.running, lambda: service.waiting)
    service = parts.service(settings, counted.observe)
    runner = parts.runner(service)
    models = ModelManager(service)
    handlers: dict[str, JobHandler] = {PULL: pull_handler(models, model_routes.model_json)}
    handlers |= {kind: partial(_handled, handler, lambda: state) for kind, handler in parts.jobs.items()}
    prefix: str = settings.web.api_v1_str
    jobs = JobManager(settings.jobs, settings.storage.data_dir, parts.name, handlers, api_prefix=prefix)
    state: ServiceState[Any, Any, Any] = ServiceState(settings, service, runner, jobs)

    beside = _wyoming(parts, settings, metrics.registry, state)

    def status() -> Mapping[str, object]:
        counts = {"running": runner.running, "waiting": service.waiting}
        queue = queue_status(service.queues.snapshot())
        wyoming = {} if beside is None else {"wyoming": beside.status()}
        return {**service.status(), **counts, "queue": queue, "jobs": jobs.status(), **wyoming}

    def stop() -> Awaitable[None]:
        jobs.begin_stop()  # first: they go on in the next process rather than fail with this one
        if beside is not None:
            beside.stop()
        realtime.stop()
        runner.stop()
        return realtime.ended()

    @contextlib.asynccontextmanager
    async def around() -> AsyncIterator[None]:
        async with running_jobs(jobs), contextlib.nullcontext() if beside is None else beside.running():
            yield

    realtime = RealtimeState(settings.realtime, metrics.registry, f"voice_stack_{parts.name}")
    public = parts.is_public(settings)
    preload: bool = settings.host.preload
    app = create_app(
        settings.web,
        title=f"{settings.web.project_name} {parts.name.upper()}",
        metrics=metrics,
        status=status,
        lifespan=engine_lifespan(service, runner, preload=preload, around=around),
        routers=[*parts.routers, model_routes.router, job_routes.router],
        upload_pace=UploadPace(settings.connections.upload_idle_s, settings.connections.upload_min_bytes_s),
        public_prefixes=() if public is None else (f"{prefix}{public}",),
        error_members={f"{prefix}{path}": members for path, members in parts.error_members.items()},
        undocumented=() if settings.jobs.callback_hosts else ("callback_url",),
        facts=lambda: {**_language_facts(service), **parts.facts(settings)},
    )
    app.state.service = state
    app.state.jobs = jobs
    app.state.realtime = realtime
    app.state.client_secrets = realtime.secrets
    app.state.models = model_routes.ModelsState(models, jobs, settings.web)
    app.state.on_stopping = stop
    app.state.door_beside = beside
    JobMetrics(metrics.registry, f"voice_stack_{parts.name}", jobs.status)
    QueueMetrics(metrics.registry, f"voice_stack_{parts.name}", service.queues.snapshot)
    return app


def _language_facts(service: EngineService[Any, Any]) -> Mapping[str, dict[str, Any]]:
    """Languages that requests may name: those of the engine that answers for one of OpenAI's model names in each."""
    catalogue = service.catalogue
    known = []
    for code in LANGUAGES:
        entry = catalogue.chain(catalogue.names.aliases[0], code)[0]
        try:
            languages = catalogue.spec(entry.engine).load().languages(catalogue.config(entry.engine, entry.source))
        except VoiceStackError:  # an engine that cannot be had: its stand-in may know them all
            languages = frozenset(LANGUAGES)
        if code in languages:
            known.append(code)
    pattern = language_pattern(known)
    return {name: {"pattern": pattern} for name in ("language", "lang_code", "languages[]")}


def _wyoming(parts: ServiceParts, settings: Any, registry: CollectorRegistry, state: Any) -> "WyomingServer | None":
    """The port that the service speaks Wyoming on; None where it does not."""
    if parts.wyoming is None or not settings.wyoming.enabled:
        return None
    host: str = getattr(settings, f"{parts.name}_host")
    # Here and not above: a service that does not speak it needs neither this nor its package.
    from voice_stack.web.wyoming.checks import check_wyoming

    check_wyoming(settings, settings.wyoming_door, host)
    from voice_stack.web.wyoming.server import WyomingServer

    return WyomingServer(parts.name, settings, settings.wyoming_door, host, registry, *parts.wyoming(state))


async def _handled(handler: Handler, state: Callable[[], Any], run: JobRun) -> StoredResponse:
    return await handler(run, state())
