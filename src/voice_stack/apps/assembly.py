"""Assembly of what every service has: engines that are watched, jobs, queue, metrics, health."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from voice_stack.jobs.manager import JobManager
from voice_stack.serving.execution import Runner
from voice_stack.serving.service import EngineService
from voice_stack.web.app import create_app
from voice_stack.web.jobs import routes as job_routes
from voice_stack.web.jobs.lifespan import running_jobs
from voice_stack.web.jobs.metrics import JobMetrics
from voice_stack.web.lifespan import engine_lifespan
from voice_stack.web.metrics import Metrics
from voice_stack.web.queue import QueueMetrics, queue_status
from voice_stack.web.settings import WebOptions


def assemble(
    options: WebOptions,
    metrics: Metrics,
    service: EngineService,
    runner: Runner[Any, Any, Any],
    jobs: JobManager,
    routers: Sequence[APIRouter],
    *,
    preload: bool,
    public_prefixes: Sequence[str] = (),
) -> FastAPI:
    """A service as an application.

    Args:
        options: who may call it, and where.
        metrics: named after the service; its own collectors are in its registry already.
        routers: of the service; those of jobs are added.
        preload: load the configured engine at the start.
        public_prefixes: path prefixes that never ask for the API key.
    """

    def status() -> Mapping[str, object]:
        counts = {"running": runner.running, "waiting": service.waiting}
        queue = queue_status(service.queues.snapshot())
        return {**service.status(), **counts, "queue": queue, "jobs": jobs.status()}

    def stop() -> None:
        jobs.begin_stop()  # first: they go on in the next process rather than fail with this one
        runner.stop()

    app = create_app(
        options,
        title=f"{options.project_name} {metrics.service.upper()}",
        metrics=metrics,
        status=status,
        lifespan=engine_lifespan(service, runner, preload=preload, around=lambda: running_jobs(jobs)),
        routers=[*routers, job_routes.router],
        public_prefixes=public_prefixes,
    )
    app.state.jobs = jobs
    app.state.on_stopping = stop
    prefix = f"voice_stack_{metrics.service}"
    JobMetrics(metrics.registry, prefix, jobs.status)
    QueueMetrics(metrics.registry, prefix, service.queues.snapshot)
    return app
