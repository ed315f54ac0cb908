"""State that the routes of a service find on `app.state`."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request

from voice_stack.jobs.manager import JobManager

SettingsT = TypeVar("SettingsT")
ServiceT = TypeVar("ServiceT")
RunnerT = TypeVar("RunnerT")


@dataclass(frozen=True, slots=True)
class ServiceState(Generic[SettingsT, ServiceT, RunnerT]):
    """One service, assembled.

    Attributes:
        settings: that it was assembled from.
        service: blocking work on its engines.
        runner: that work on threads, seen from the event loop.
        jobs: durable work.
    """

    settings: SettingsT
    service: ServiceT
    runner: RunnerT
    jobs: JobManager


def state_of(request: Request) -> Any:
    """The state of the service that a request is for; a dependency of routes."""
    return request.app.state.service


# Not a plain function: FastAPI calls those on a thread, at every request.
async def find_state(request: Request) -> Any:
    """The same, as what a route depends on."""
    return state_of(request)
