"""Downloads of single files that fail soon and clearly, go on where they were cut, and are checked."""

import fcntl
import hashlib
import http
import http.client
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from voice_stack.core.errors import DownloadInterruptedError, EngineUnavailableError

FileProgress = Callable[[int, int | None], None]
"""Called with bytes done and bytes in all, or None when that is unknown; what it raises ends the download."""

_BLOCK = 1 << 18
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
# How often who waits for another's download of the same file looks whether it has ended.
_LOCK_POLL_S = 0.2


class DamagedDownloadError(Exception):
    """A file has arrived with another checksum than it should have; it is not kept."""


def probe_server(url: str, name: str, timeout_s: float, hint: str) -> None:
    """Fail quickly when a server does not answer; any HTTP status is an answer.

    A thread, because neither the resolver nor several addresses that drop packets obey a socket's timeout, and because
    the hub's client would retry for minutes.

    Raises:
        EngineUnavailableError: no answer within `timeout_s` seconds.
    """
    failures: list[str] = []

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="GET"), timeout=timeout_s).close()
        except urllib.error.HTTPError:
            pass  # it answers
        except (OSError, http.client.HTTPException) as error:
            failures.append(first_line(error))

    thread = threading.Thread(target=ask, name="hub-probe", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        failures.append(f"no answer within {timeout_s:g} s.")
    if failures:
        raise EngineUnavailableError(f"Cannot reach the model hub for {name}: {failures[0]} {hint}")


def fetch_file(url: str, target: Path, digest: str, timeout_s: float, hint: str, progress: FileProgress) -> None:
    """Fetch a file with a checksum, as `fetch_checked`, with errors for users.

    Raises:
        DownloadInterruptedError: the connection broke; what has arrived is kept.
        EngineUnavailableError: it cannot be had, or is damaged.
    """
    try:
        fetch_checked(url, target, digest, timeout_s=timeout_s, progress=progress)
    except DamagedDownloadError as error:
        raise EngineUnavailableError(
            f"The download of {target.name} is damaged: its checksum is wrong. Try again."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise download_error(target.name, error, hint) from error


def fetch_checked(
    url: str,
    target: Path,
    digest: str,
    *,
    timeout_s: float,
    progress: FileProgress,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Fetch a file; nothing is left under its name before it is whole and checked.

    What an interrupted download left is gone on with. Of several downloads at once, in this process or in others, one
    works, and the others wait.

    Args:
        digest: hex digest that the file must have: SHA-256, or git's SHA-1 of a blob.
        timeout_s: seconds without a byte after which the server counts as unreachable.
        headers: of the request; none of them follows it to another address.

    Raises:
        DamagedDownloadError: the checksum is wrong.
        OSError, http.client.HTTPException: it cannot be had.
        Whatever `progress` raises.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(target)
    with _alone(part, progress) as file:
        if target.is_file():  # another one has been quicker
            part.unlink(missing_ok=True)
            return
        _append(url, file, headers or {}, timeout_s, progress)
        if digest_of(part, digest) != digest:
            part.unlink(missing_ok=True)
            raise DamagedDownloadError(target.name)
        os.fsync(file.fileno())
        part.replace(target)


def part_of(target: Path) -> Path:
    """The file that holds what has arrived of a download."""
    return target.with_name(f"{target.name}.part")


@contextmanager
def _alone(part: Path, progress: FileProgress) -> Iterator[BinaryIO]:
    """The part of a download, open at its end, that nobody else writes meanwhile."""
    while True:
        with part.open("ab") as file:
            while not _locked(file):
                progress(os.fstat(file.fileno()).st_size, None)
                time.sleep(_LOCK_POLL_S)
            if _is_at(file, part):
                file.seek(0, os.SEEK_END)  # who was waited for has written
                yield file
                return
        # It was renamed or removed by who held it before: what is under the name now is another file.


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _append(url: str, file: BinaryIO, headers: Mapping[str, str], timeout_s: float, progress: FileProgress) -> None:
    """Fetch what a file lacks; from its start where the server cannot go on in the middle."""
    done = file.tell()
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    for name, value in headers.items():
        request.add_unredirected_header(name, value)  # a token is for the hub, not for where its files lie
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return  # there is nothing after it; the checksum says whether it is whole
    with response:
        begins = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            file.truncate(0)
            done = 0
        elif begins and int(begins[1]) != done:
            raise http.client.HTTPException("The server sends another part of the file than was asked for.")
        length = response.headers.get("content-length")
        total = done + int(length) if length else None
        while block := response.read1(_BLOCK):
            file.write(block)
            file.flush()  # what is told to be done outlives the process
            done += len(block)
            progress(done, total)
        if total is not None and done < total:
            raise http.client.IncompleteRead(b"", total - done)


def digest_of(path: Path, like: str = "") -> str:
    """Checksum of a file, as hex digits.

    Args:
        like: a digest of the same kind: as long as a SHA-1 for git's SHA-1 of a blob, else SHA-256.
    """
    with path.open("rb") as file:
        if not _SHA1.fullmatch(like):
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        while block := file.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest()


def is_digest(text: str) -> bool:
    """True for what `digest_of` can check a file by."""
    return bool(_SHA256.fullmatch(text) or _SHA1.fullmatch(text))


def download_error(name: str, error: Exception, hint: str) -> EngineUnavailableError:
    """The error of a download that failed, by whether going on with it later may help.

    Args:
        name: what messages call what was downloaded.
        hint: what the user can do instead.
    """
    message = f"{name} could not be downloaded: {first_line(error)} {hint}"
    return DownloadInterruptedError(message) if _passes(error) else EngineUnavailableError(message)


def _passes(error: Exception) -> bool:
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= 500 or error.code == http.HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, ConnectionError | TimeoutError | http.client.HTTPException | urllib.error.URLError)


def first_line(error: BaseException) -> str:
    """An exception in one line that ends with a full stop."""
    reason = getattr(error, "reason", None) if isinstance(error, urllib.error.URLError) else None
    text = str(reason or error).strip() or type(error).__name__
    line = text.splitlines()[0][:300]
    return line if line.endswith(".") else f"{line}."
