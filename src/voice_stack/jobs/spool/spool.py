"""The jobs' files: inputs until the job is over, then its result until that expires.

DATA_DIR/jobs/SERVICE/
    set-aside/              what was found here and belongs to no job
    lock, spool-id          one process at a time; what its rows in the database are known by
    incoming/JOB/           a job that is not accepted yet
    accepted/JOB/           request.json, input-0 ..., checkpoints.*, result
"""

import fcntl
import hashlib
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from uuid import uuid4

from voice_stack.core.durable import (
    make_private,
    open_private,
    replace_durably,
    sync_folder,
    tree_size,
    write_durably,
)
from voice_stack.core.errors import (
    ServiceUnavailableError,
    SettingsError,
    SpoolFullError,
    UploadTooLargeError,
    VoiceStackError,
)
from voice_stack.jobs.spool.aside import SetAside
from voice_stack.jobs.spool.identity import find_identity, write_identity
from voice_stack.jobs.spool.keys import blocks, file_size, work_key
from voice_stack.jobs.spool.requests import REQUEST, Spooled, input_name, read_job, read_request, request_text
from voice_stack.jobs.spool.results import RESULT, drop_checkpoints, drop_output, keep_result
from voice_stack.jobs.spool.room import check_room, is_full
from voice_stack.jobs.types import JobInput, JobRequest, NewJob

MIB = 1024 * 1024
# Long enough that a client does not send gigabytes again at once.
_FULL_RETRY_S = 60
_JOB = re.compile(r"job_[0-9a-f]{32}")


class Spool:
    """The folder of one service's jobs. Blocking and thread-safe.

    Args:
        folder: DATA_DIR/jobs/SERVICE.
        limit_bytes: of everything in it, beyond which no new job is taken.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.id = ""
        self.aside = SetAside(folder)
        self._limit = limit_bytes
        self._incoming = folder / "incoming"
        self._accepted = folder / "accepted"
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._held: FileIO | None = None

    def open(self) -> None:
        """Take the folder for this process, and drop what was never accepted.

        Raises:
            SettingsError: the folder cannot be used, or another process uses it.
        """
        try:
            make_private(self.folder)
            self.aside.look()
            self.aside.move_unless(Path.is_file, self.folder / "lock")
            self._held = open_private(self.folder / "lock", "wb")
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in (self._incoming, self._accepted):
                self.aside.move_unless(Path.is_dir, folder)
                make_private(folder)
            for path in list(self._incoming.iterdir()):
                if _is_job(path):
                    self._delete(path)
                else:
                    self.aside.move(path, "no folder of a job")
            self.id = find_identity(self.folder, self.aside)
        except BlockingIOError as error:
            self.close()
            raise SettingsError(
                f"DATA_DIR: another process runs the jobs in {self.folder}; give each service process its own."
            ) from error
        except OSError as error:
            self.close()
            raise SettingsError(f"DATA_DIR: {self.folder} cannot be used: {error.strerror or error}.") from error

    def close(self) -> None:
        """Give the folder up to the next process. Idempotent."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def used_bytes(self) -> int:
        """Bytes on the disk that the jobs have, or have reserved."""
        with self._lock:
            return sum(self._sizes.values())

    def take(self, new: NewJob) -> Spooled:
        """Copy a new job's files to the disk.

        Raises:
            UploadTooLargeError: it would never fit.
            SpoolFullError: it does not fit now.
            ServiceUnavailableError: the disk failed.
        """
        identity = f"job_{uuid4().hex}"
        text = request_text(new, "0" * 64)
        size = len(text) + sum(file_size(item.file) for item in new.files)
        self._reserve(identity, size)
        folder = self._incoming / identity
        try:
            check_room(self._incoming, size)
            folder.mkdir(mode=0o700)
            digests = {}
            for number, item in enumerate(new.files):
                digest = hashlib.sha256()
                write_durably(folder / input_name(number), _hashed(item, digest))
                digests[item.name] = digest.hexdigest()
            key = work_key(new.kind, new.params, new.context, digests)
            write_durably(folder / REQUEST, [request_text(new, key)])
            sync_folder(folder)
        except OSError as error:
            self.remove(identity)
            raise _storage_error(error) from error
        except BaseException:
            self.remove(identity)
            raise
        return Spooled(identity, new, key)

    def publish(self, identity: str) -> None:
        """Give a taken job its place among the accepted ones, durably.

        Raises:
            ServiceUnavailableError: the disk failed.
        """
        try:
            replace_durably(self._incoming / identity, self._accepted / identity)
        except OSError as error:
            raise _storage_error(error) from error

    def job_folder(self, identity: str) -> Path:
        """Folder with the files of an accepted job.

        Args:
            identity: from the database, never from a request.
        """
        return self._accepted / identity

    def request(self, identity: str) -> JobRequest:
        """The request of an accepted job.

        Raises:
            VoiceStackError: its files are gone.
        """
        return read_request(self._accepted / identity)

    def unfinished(self, identity: str) -> Spooled | None:
        """A job as its request tells it, for a database that has lost it; None: it was over, or tells too little."""
        return None if self.result(identity).exists() else read_job(self._accepted / identity)

    def keep_result(self, identity: str, body: bytes | Path) -> None:
        """Put the result in its place, durably. What an earlier attempt left is replaced.

        Raises:
            OSError: the disk failed; the inputs are all there still.
        """
        keep_result(self._accepted / identity, body)

    def drop_result(self, identity: str) -> None:
        """Delete the result, and leave the inputs. Idempotent."""
        self.result(identity).unlink(missing_ok=True)

    def drop_output(self, identity: str) -> tuple[int, int]:
        """Delete what an attempt has made of the answer; inputs and checkpoints stay.

        Returns:
            Bytes of what was deleted, and of the checkpoints.
        """
        return drop_output(self._accepted / identity)

    def drop_checkpoints(self, identity: str) -> None:
        """Delete the checkpoints of a job whose result is in its place. Idempotent."""
        drop_checkpoints(self._accepted / identity)

    def result(self, identity: str) -> Path:
        """The file of a finished job's result, which may have expired."""
        return self._accepted / identity / RESULT

    def drop_inputs(self, identity: str) -> None:
        """Leave nothing but the result of a job that is over."""
        folder = self._accepted / identity
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if path.name != RESULT:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        with self._lock:
            self._sizes[identity] = tree_size(folder)

    def remove(self, identity: str) -> None:
        """Delete everything of a job. Idempotent."""
        for parent in (self._incoming, self._accepted):
            if (parent / identity).exists():
                shutil.rmtree(parent / identity)
        with self._lock:
            self._sizes.pop(identity, None)

    def grow(self, identity: str, size: int) -> None:
        """Count bytes that a running job has added to its folder."""
        with self._lock:
            self._sizes[identity] = self._sizes.get(identity, 0) + size

    def clean(self, is_over: Mapping[str, bool | None]) -> list[str]:
        """Delete what the jobs do not need any more, set strangers aside, and count the rest. At the start only.

        Args:
            is_over: the jobs that have files, and whether nothing but the result is needed of them; None: they are
                left as they are.

        Returns:
            Folders of no job.
        """
        orphans = []
        for folder in list(self._accepted.iterdir()):
            if not _is_job(folder):
                self.aside.move(folder, "no folder of a job")
                continue
            if folder.name not in is_over:
                orphans.append(folder.name)
                continue
            try:
                if is_over[folder.name]:
                    self.drop_inputs(folder.name)
                with self._lock:
                    self._sizes[folder.name] = tree_size(folder)
            except OSError as error:
                self.aside.note(f"{self._accepted.name}/{folder.name}", f"cannot be tidied: {error.strerror}")
        return orphans

    def delete_orphan(self, identity: str) -> None:
        """Delete the files of a request that was never accepted."""
        self._delete(self._accepted / identity)

    def set_orphan_aside(self, identity: str) -> None:
        """Move the files of a job away that the database does not know."""
        self.aside.move(self._accepted / identity, "the database knows no such job")

    @property
    def is_empty(self) -> bool:
        """True where nothing lies among the accepted jobs. Blocking."""
        return next(self._accepted.iterdir(), None) is None

    @property
    def accepted_names(self) -> list[str]:
        """Names of the folders of accepted jobs."""
        return [path.name for path in self._accepted.iterdir() if _is_job(path)]

    def adopt(self, identity: str) -> None:
        """Take the identity that the database knows these jobs by."""
        self.id = write_identity(self.folder, identity)

    def _delete(self, path: Path) -> None:
        try:
            shutil.rmtree(path)
        except OSError as error:
            self.aside.note(path.relative_to(self.folder).as_posix(), f"cannot be deleted: {error.strerror}")

    def _reserve(self, identity: str, size: int) -> None:
        if size > self._limit:
            raise UploadTooLargeError(
                f"The job needs {size / MIB:.0f} MiB on the server's disk; all jobs together may have "
                f"{self._limit / MIB:g}. The limit is the server's setting JOB_SPOOL_MB.",
                param="file",
            )
        with self._lock:
            if sum(self._sizes.values()) + size > self._limit:
                raise SpoolFullError(
                    "The server keeps as many jobs and results as its disk may hold (JOB_SPOOL_MB). Send the request "
                    "again later, or delete results that were fetched.",
                    retry_after_s=_FULL_RETRY_S,
                )
            self._sizes[identity] = size


def _is_job(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and _JOB.fullmatch(path.name) is not None


def _hashed(item: JobInput, digest: "hashlib._Hash") -> Iterator[memoryview]:
    for block in blocks(item.file):
        digest.update(block)
        yield block


def _storage_error(error: OSError) -> VoiceStackError:
    if is_full(error):
        return SpoolFullError("The server's disk is full.", retry_after_s=_FULL_RETRY_S)
    return ServiceUnavailableError(f"The job could not be stored: {error.strerror or error}.")
