"""Batches in the database: which jobs belong together. Blocking."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from voice_stack.core.envelope import envelope
from voice_stack.jobs.readable import UNREADABLE, json_object, number, text
from voice_stack.jobs.store.rows import JobRows
from voice_stack.jobs.store.tables import batch_items, batches, jobs
from voice_stack.jobs.types import Job, Json


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a batch as the database has it; see `BatchItem`."""

    name: str
    error: Json | None
    job: Job | None


class BatchStore(JobRows):
    """The batches of one spool."""

    def add(self, connection: Connection, items: Sequence[tuple[str, Json | str]], now: float) -> str:
        """Insert a batch.

        Args:
            items: name, and the id of the job or the error instead of one.

        Returns:
            The batch's id.
        """
        identity = f"batch_{uuid4().hex}"
        connection.execute(insert(batches).values(id=identity, spool=self._spool, created_at=now))
        rows = [
            {
                "batch_id": identity,
                "position": position,
                # A client's word: PostgreSQL takes no NUL, and no database a lone surrogate.
                "name": name.encode("utf-8", "replace").decode("utf-8").replace("\0", ""),
                "error": None if isinstance(outcome, str) else json.dumps(outcome),
                "job_id": outcome if isinstance(outcome, str) else None,
            }
            for position, (name, outcome) in enumerate(items)
        ]
        if rows:
            connection.execute(insert(batch_items), rows)
        return identity

    def get(self, identity: str) -> tuple[float, list[StoredItem]] | None:
        """The moment at which the batch was accepted, and its items in order; None when there is none."""
        mine = select(batches.c.created_at).where(batches.c.id == identity, batches.c.spool == self._spool)
        items = select(batch_items).where(batch_items.c.batch_id == identity).order_by(batch_items.c.position)
        theirs = self._mine().where(
            jobs.c.id.in_(select(batch_items.c.job_id).where(batch_items.c.batch_id == identity))
        )
        with self._database.begin() as connection:
            created_at = connection.execute(mine).scalar()
            if created_at is None:
                return None
            try:
                moment = number(created_at)
            except UNREADABLE as error:
                self._note(f"batch {identity}", str(error))
                return None
            found = {job.id: job for job in self._readable(connection, theirs)}
            return moment, [self._read_item(row, found.get(row.job_id)) for row in connection.execute(items)]

    def note_unreadable(self) -> None:
        """Name what this version cannot read. At the start only."""
        with self._database.begin() as connection:
            found = connection.execute(select(batches.c.id).where(batches.c.spool == self._spool)).scalars().all()
        for identity in found:
            self.get(identity)

    def detach(self, identity: str, position: int) -> None:
        """Take the job of an item away from the batch: it is done for others only."""
        item = (batch_items.c.batch_id == identity) & (batch_items.c.position == position)
        with self._database.begin() as connection:
            connection.execute(update(batch_items).where(item).values(job_id=None))

    def delete(self, identity: str) -> None:
        """Delete a batch; its jobs stay."""
        with self._database.begin() as connection:
            connection.execute(delete(batches).where(batches.c.id == identity, batches.c.spool == self._spool))

    def forget(self, before: float) -> None:
        """Delete the batches accepted before a moment that have no job left."""
        has_jobs = exists().where(batch_items.c.batch_id == batches.c.id, batch_items.c.job_id == jobs.c.id)
        old = (batches.c.spool == self._spool) & (batches.c.created_at < before)
        with self._database.begin() as connection:
            connection.execute(delete(batches).where(old, ~has_jobs))

    def _read_item(self, row: Row[Any], job: Job | None) -> StoredItem:
        """An item, with words in the place of what cannot be read of it."""
        try:
            return StoredItem(text(row.name), json_object(row.error), job)
        except UNREADABLE as error:
            self._note(f"item {row.position!s:.20} of {row.batch_id}", str(error)[:100])
        lost = envelope("What the server noted about this item cannot be read.", "server_error", None, None)
        return StoredItem(f"{row.name!s:.200}".encode("utf-8", "replace").decode(), lost["error"], job)
