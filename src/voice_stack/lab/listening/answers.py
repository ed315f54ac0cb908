"""Answers of listeners in SQLite: each is there as soon as it is given, whatever happens then."""

import contextlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.core.errors import InvalidRequestError
from voice_stack.lab.listening.design import Method, Test, Trial

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS test (id TEXT PRIMARY KEY, facts TEXT NOT NULL, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS listener (id TEXT PRIMARY KEY, name TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    listener TEXT NOT NULL REFERENCES listener (id),
    trial INTEGER NOT NULL,
    sample TEXT NOT NULL,
    systems TEXT NOT NULL,
    value TEXT NOT NULL,
    answered REAL NOT NULL,
    PRIMARY KEY (listener, trial)
);
"""
_BUSY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        listener: number of the listener, from 1, in the order of their coming.
        systems: as the trial had them.
        value: a choice of the method's.
    """

    listener: int
    name: str
    trial: int
    sample: str
    systems: tuple[str, ...]
    value: str


class Answers:
    """The file of a test. Thread-safe.

    Args:
        path: it is made where there is none.
        test: whose answers it holds; None to take the one that it has.

    Raises:
        InvalidRequestError: it is no such file, holds none, or holds the answers of another test.
    """

    def __init__(self, path: Path, test: Test | None = None) -> None:
        self._path = path
        if test is None and not path.is_file():
            raise InvalidRequestError(f"There is no file {path}.")
        try:
            with self._open() as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.executescript(_SCHEMA)
                found = database.execute("SELECT id, facts, key FROM test").fetchone()
                if found is None and test is not None:
                    facts = {"method": test.method, "systems": test.systems, "samples": test.samples}
                    found = (test.identity, json.dumps(facts), secrets.token_bytes(32))
                    database.execute("INSERT INTO test VALUES (?, ?, ?)", found)
        except sqlite3.DatabaseError as error:
            raise InvalidRequestError(f"{path} holds no answers of a listening test.") from error
        if found is None:
            raise InvalidRequestError(f"{path} holds no answers of a listening test.")
        if test is not None and found[0] != test.identity:
            raise InvalidRequestError(
                f"{path} holds the answers of another test (other folders, samples or question). Name another file "
                "with --results."
            )
        facts = json.loads(found[1])
        self.method = Method(facts["method"])
        self.systems = tuple(facts["systems"])
        self.key: bytes = found[2]

    def enter(self, name: str) -> str:
        """Take in a listener; its secret identity."""
        listener = secrets.token_urlsafe(18)
        with self._open() as database:
            database.execute("INSERT INTO listener VALUES (?, ?, ?)", (listener, name, time.time()))
        return listener

    def knows(self, listener: str) -> bool:
        """True for the identity of a listener."""
        with self._open() as database:
            return database.execute("SELECT 1 FROM listener WHERE id = ?", (listener,)).fetchone() is not None

    def keep(self, listener: str, trial: Trial, value: str) -> None:
        """Keep an answer; a later one to the same question takes its place."""
        row = (listener, trial.number, trial.sample, json.dumps(trial.systems), value, time.time())
        with self._open() as database:
            database.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", row)

    def given(self, listener: str) -> dict[int, str]:
        """Answers of a listener by the numbers of their trials."""
        with self._open() as database:
            return dict(database.execute("SELECT trial, value FROM answer WHERE listener = ?", (listener,)).fetchall())

    def all(self) -> list[Answer]:
        """Every answer, in the order of listeners and trials. Identities are left out: whoever has one can answer."""
        with self._open() as database:
            listeners = database.execute("SELECT id, name FROM listener ORDER BY created, id").fetchall()
            rows = database.execute("SELECT listener, trial, sample, systems, value FROM answer").fetchall()
        numbers = {one: (number, name) for number, (one, name) in enumerate(listeners, start=1)}
        found = [
            Answer(*numbers[one], trial, sample, tuple(json.loads(systems)), value)
            for one, trial, sample, systems, value in rows
        ]
        return sorted(found, key=lambda answer: (answer.listener, answer.trial))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as database, database:
            yield database
