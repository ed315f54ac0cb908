"""The moment of acceptance: files on the disk, then rows in the database, then the client is told."""

from collections.abc import Sequence

from voice_stack.core.envelope import error_body
from voice_stack.jobs.spool.requests import Spooled
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import Item, Job, NewJob


class Intake:
    """The entrance of the jobs. On the event loop.

    Args:
        storage: where they are kept from then on.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._threads = storage.threads
        self._doubtful: set[str] = set()

    async def take(self, new: Sequence[NewJob], items: Sequence[Item] | None = None) -> tuple[list[Job], str | None]:
        """Accept all of the requests, or none.

        Args:
            items: of the batch that they make up, if they do: those that are jobs are `new`.

        Returns:
            The job of each, and the id of the batch.
        """
        taken: list[Spooled] = []
        try:
            for job in new:
                taken.append(await self._threads.disk(self._storage.spool.take, job))
            accepted, batch_id = await self._threads.database(self._insert, taken, items)
        except BaseException:
            # A commit's outcome can be unknown: what has no row is removed once the database can be asked.
            self._doubtful.update(work.id for work in taken)
            raise
        twins = [work.id for work, job in zip(taken, accepted, strict=True) if work.id != job.id]
        await self._threads.disk(self._remove, twins)
        return accepted, batch_id

    async def remove_unaccepted(self) -> None:
        """Remove the files of requests that were not accepted after all."""
        doubtful = tuple(self._doubtful)
        if doubtful:
            await self._threads.database(self._remove_unknown, doubtful)
            self._doubtful.difference_update(doubtful)

    def _insert(self, taken: Sequence[Spooled], items: Sequence[Item] | None) -> tuple[list[Job], str | None]:
        """Blocking."""
        storage, now, batch_id = self._storage, self._storage.clock(), None
        accepted = []
        with storage.database.begin() as connection:
            for number, work in enumerate(taken):
                # A microsecond apart, so that a batch keeps its order in the queue.
                job, is_new = self._storage.jobs.add(
                    connection, work, now=now + number * 1e-6, ttl_s=self._storage.ttl_s
                )
                if is_new:
                    storage.spool.publish(work.id)
                accepted.append(job)
            if items is not None:
                ids = iter([job.id for job in accepted])
                rows = [
                    (name, next(ids) if isinstance(item, NewJob) else error_body(item)["error"]) for name, item in items
                ]
                batch_id = storage.batches.add(connection, rows, now)
        return accepted, batch_id

    def _remove_unknown(self, identities: Sequence[str]) -> None:
        """Blocking."""
        self._remove([identity for identity in identities if self._storage.jobs.get(identity) is None])

    def _remove(self, identities: Sequence[str]) -> None:
        """Blocking."""
        for identity in identities:
            self._storage.spool.remove(identity)
