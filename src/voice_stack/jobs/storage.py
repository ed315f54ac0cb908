"""Storage of a service's jobs: database and spool, opened, with what it takes to use them from the event loop."""

from collections.abc import Callable
from dataclasses import dataclass

from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.store.batch_store import BatchStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.job_store import JobStore
from voice_stack.jobs.store.queue_store import JobQueue
from voice_stack.jobs.store.rows import owner_of
from voice_stack.jobs.threads import Threads

# Jobs that are looked up to see whose they are.
_ASKED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Places where the jobs of one spool are kept.

    Attributes:
        threads: on which all of the others are called.
        clock: seconds since the epoch.
        ttl_s: seconds that a finished result is kept.
    """

    database: Database
    spool: Spool
    jobs: JobStore
    queue: JobQueue
    batches: BatchStore
    threads: Threads
    clock: Callable[[], float]
    ttl_s: float


async def open_storage(
    database: Database, spool: Spool, threads: Threads, *, clock: Callable[[], float], ttl_s: float
) -> Storage:
    """The storage, once the tables are there.

    Args:
        spool: whose folder this process has taken.

    Raises:
        SettingsError: the database cannot be used.
    """
    await threads.database(database.open, spool.aside)
    await threads.database(_find_identity, database, spool)
    stored = (database, spool.id, spool.aside.note)
    return Storage(
        database=database,
        spool=spool,
        jobs=JobStore(*stored),
        queue=JobQueue(*stored),
        batches=BatchStore(*stored),
        threads=threads,
        clock=clock,
        ttl_s=ttl_s,
    )


def _find_identity(database: Database, spool: Spool) -> None:
    """The identity that the database knows the accepted jobs by counts, whatever the folder says. Blocking."""
    names = spool.accepted_names
    owner = owner_of(database, names[:_ASKED]) if names else None
    if owner is not None and owner != spool.id:
        spool.adopt(owner)
