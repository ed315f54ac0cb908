"""Jobs on real files and real databases."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import pytest
from sqlalchemy import create_engine

from voice_stack.core.settings import load_settings
from voice_stack.core.settings_report import owned_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import metadata
from voice_stack.jobs.types import JobInput, NewJob
from voice_stack.jobs.work.run import JobHandler
from voice_stack.web.settings import ServiceSettings


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def temporary(data: bytes) -> BinaryIO:
    """A file as an upload leaves it: unlinked, with a descriptor."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the test's garbage)
    file.write(data)
    file.seek(0)
    return cast("BinaryIO", file)


def new_job(data: bytes = b"audio", **changes: object) -> NewJob:
    values: dict[str, object] = {
        "kind": "work",
        "params": {"fields": [["model", "m"]], "query": []},
        "files": [JobInput("file", temporary(data), "a.wav", "audio/wav")],
    }
    return NewJob(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def _job_settings_come_from_tests() -> Iterator[None]:
    """Keep exported variables out of the tests, and of the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        for owned in owned_settings(ServiceSettings):
            for name in owned.variables.values():
                patch.delenv(name, raising=False)
        yield


def job_settings(folder: Path, **values: object) -> ServiceSettings:
    """`job_settings(folder, job_workers=1)`: by the variables' names, in lower case."""
    return load_settings(ServiceSettings, _env_file=None, data_dir=folder, **values)


def job_options(**values: object) -> JobOptions:
    return load_settings(ServiceSettings, _env_file=None, **values).jobs


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that will surely come."""
    async with asyncio.timeout(20):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


class MakeManager(Protocol):
    def __call__(self, handler: JobHandler | None = ..., **settings: object) -> Awaitable[JobManager]: ...


@pytest.fixture
async def make_manager(tmp_path: Path, clock: Clock) -> AsyncIterator[MakeManager]:
    """`await make_manager(handler, job_workers=1)`: a started manager for the kind `work`; stopped at the end."""
    started: list[JobManager] = []

    async def make(handler: JobHandler | None = None, **settings: object) -> JobManager:
        handlers = {} if handler is None else {"work": handler}
        manager = JobManager(job_options(**settings), tmp_path, "work", handlers, clock=clock, retry_base_s=0.01)
        started.append(manager)
        await manager.start()
        await manager.ready()
        return manager

    yield make
    for manager in started:
        await manager.stop()


POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An open, empty database; PostgreSQL where TEST_POSTGRES_URL names one that may be emptied."""
    if request.param == "sqlite":
        opened = Database("", tmp_path / "jobs.sqlite3")
    elif POSTGRES:
        engine = create_engine(POSTGRES.replace("postgresql://", "postgresql+psycopg://"))
        metadata.drop_all(engine)
        engine.dispose()
        opened = Database(POSTGRES, tmp_path)
    else:
        pytest.skip("TEST_POSTGRES_URL is not set")
    opened.open()
    yield opened
    opened.close()
