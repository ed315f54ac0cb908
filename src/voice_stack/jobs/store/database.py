"""The database of the jobs: an SQLite file, or PostgreSQL."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from voice_stack.core.durable import open_private
from voice_stack.core.errors import DiskFullError, ServiceUnavailableError, SettingsError
from voice_stack.jobs.spool.aside import SetAside
from voice_stack.jobs.store.tables import jobs, metadata

_BUSY_S = 30
_POSTGRES = ("postgres", "postgresql")


class Database:
    """Connections and transactions. Blocking.

    Args:
        url: JOB_DATABASE_URL; empty means `file`.
        file: the SQLite file that is used then.

    Attributes:
        is_new: whether it had no jobs' table when it was opened.

    Raises:
        SettingsError: the URL is none, or names a database that is not supported.
    """

    def __init__(self, url: str, file: Path) -> None:
        self.is_new = False
        self._file = None if url else file
        self._engine = _engine(_read_url(url) if url else URL.create("sqlite", database=str(file)))

    def open(self, aside: SetAside | None = None) -> None:
        """Make the tables that are missing.

        Args:
            aside: where a damaged file of our own goes, to begin with a new one.

        Raises:
            SettingsError: the database cannot be used.
        """
        try:
            if self._file is not None and aside is not None and (damage := self._damage(self._file)):
                self.close()
                for ending in ("", "-wal", "-shm", "-journal"):
                    part = self._file.with_name(self._file.name + ending)
                    if part.exists():
                        aside.move(part, damage)
            if self._file is not None and not self._file.exists():
                # SQLite gives its further files the same mode. To close a file that it has open would end its locks.
                open_private(self._file, "ab").close()
            self.is_new = not inspect(self._engine).has_table(jobs.name)
            metadata.create_all(self._engine)
        except OSError as error:
            raise SettingsError(f"DATA_DIR: {self._file} cannot be used: {error.strerror or error}.") from error
        except SQLAlchemyError as error:
            self.close()
            raise SettingsError(f"JOB_DATABASE_URL: the database cannot be used: {_first_line(error)}") from error

    def _damage(self, file: Path) -> str:
        """The reason why this version cannot use the file; empty when it can, or when there is none."""
        if not file.exists():
            return ""
        if not file.is_file():
            return "no database"
        try:
            with self._engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if found != "ok":
                    return f"the database is damaged: {str(found).splitlines()[0]}"
            tables = inspect(self._engine)
            for table in metadata.sorted_tables:
                if not tables.has_table(table.name):
                    continue
                columns = {column["name"]: column for column in tables.get_columns(table.name)}
                if missing := sorted(column.name for column in table.columns if column.name not in columns):
                    return f"the database of another version: {table.name} has no {', '.join(missing)}"
                for name, column in columns.items():
                    if name not in table.columns and not column["nullable"] and column["default"] is None:
                        return f"the database of another version: {table.name} needs {name}"
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0) or 0
            if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return f"the database is damaged: {error.orig}"
            raise
        return ""

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed, and on the disk, when the block ends well.

        Raises:
            DiskFullError: there is no room to note anything; nothing was changed.
            ServiceUnavailableError: the database failed; nothing was changed, or the commit's outcome is unknown.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            if _is_full(error):
                raise DiskFullError("The server's disk is full: its jobs cannot be changed.") from error
            raise ServiceUnavailableError(f"The database of the jobs failed: {type(error).__name__}.") from error

    def close(self) -> None:
        """Close the connections. Idempotent."""
        self._engine.dispose()


def _read_url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise SettingsError("JOB_DATABASE_URL is no database URL, such as postgresql://user@host/name.") from error
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"JOB_DATABASE_URL: {url.drivername} is neither sqlite nor postgresql.")
    return url


def _engine(url: URL) -> Engine:
    try:
        # A server may have closed the connection of the last query, an hour ago.
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ImportError, NoSuchModuleError) as error:
        raise SettingsError(
            f"JOB_DATABASE_URL: the driver of {url.drivername} is missing: pip install 'voice-stack[postgres]'."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _: object) -> None:
    # One text of junk must not end the query of a table.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # With a write-ahead log anything less loses the last commits when the power goes off.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # The log may grow by 256 KiB: less than what the jobs leave free on a disk that they fill.
    cursor.execute("PRAGMA wal_autocheckpoint=64")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")
    cursor.close()


def _is_full(error: SQLAlchemyError) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else None
    # A full disk is an SQLITE_IOERR as well, where it is the shared memory beside the log that cannot grow.
    codes = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) in codes


def _first_line(error: SQLAlchemyError) -> str:
    return str(error).partition("\n")[0]
