"""Downloads that fail soon and clearly: snapshots of repositories on the Hugging Face hub, and single files."""

import fcntl
import hashlib
import http
import http.client
import logging
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.progress import Progress, byte_bars, logged_progress

logger = logging.getLogger("voice_stack.hub")

_BLOCK = 1 << 18
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def cached_snapshot(repo: str, folder: Path, files: Sequence[str], is_complete: Callable[[Path], bool]) -> Path | None:
    """The snapshot of a repository that is on the disk with all that is needed; never asks the network.

    Args:
        repo: hub id, `organisation/name`.
        folder: the hub's cache folder.
        files: patterns of the files that are wanted.
        is_complete: whether a snapshot folder has what is needed; an interrupted download leaves a part.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        path = Path(snapshot_download(repo, cache_dir=folder, local_files_only=True, allow_patterns=list(files)))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError):
        return None
    return path if is_complete(path) else None


def fetch_snapshot(
    repo: str,
    folder: Path,
    files: Sequence[str],
    *,
    name: str,
    is_complete: Callable[[Path], bool],
    timeout_s: float,
    hint: str,
    progress: Progress | None = None,
) -> Path:
    """The snapshot of a repository, downloaded first when it is not on the disk.

    Args:
        repo: hub id, `organisation/name`.
        folder: the hub's cache folder.
        files: patterns of the files that are wanted.
        name: what messages and `progress` call it.
        is_complete: whether a snapshot folder has what is needed.
        timeout_s: seconds without an answer after which the hub counts as unreachable.
        hint: what the user can do instead; ends every message.
        progress: called with `name`, bytes done and bytes in all; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such repository, not complete, or the hub cannot be reached.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    cached = cached_snapshot(repo, folder, files, is_complete)
    if cached is not None:
        return cached
    if constants.HF_HUB_OFFLINE:
        raise EngineUnavailableError(f"The model {name} is not on the disk, and HF_HUB_OFFLINE is set. {hint}")
    probe_server(f"{constants.ENDPOINT}/api/models/{quote(repo)}/revision/main", name, timeout_s, hint)
    logger.info("downloading the model %s from %s", repo, constants.ENDPOINT)
    try:
        path = Path(
            snapshot_download(
                repo,
                cache_dir=folder,
                allow_patterns=list(files),
                etag_timeout=timeout_s,
                tqdm_class=byte_bars(name, progress or logged_progress()),
            )
        )
    except GatedRepoError as error:
        raise EngineUnavailableError(f"The hub wants a token (HF_TOKEN) for the model {name}.") from error
    except RepositoryNotFoundError as error:
        raise EngineUnavailableError(f"The hub has no public model {repo}.") from error
    except Exception as error:  # httpx's, requests' or the hub's own, by version
        raise EngineUnavailableError(f"The model {name} could not be downloaded: {first_line(error)} {hint}") from error
    damaged = damaged_files(path)
    for file in damaged:
        file.resolve().unlink(missing_ok=True)
        file.unlink(missing_ok=True)
    if damaged:
        names = ", ".join(file.name for file in damaged)
        raise EngineUnavailableError(f"The download of {name} is damaged: the checksum of {names} is wrong. Try again.")
    if not is_complete(path):
        raise EngineUnavailableError(f"The hub's {repo} does not hold all the files that are needed. {hint}")
    return path


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


def fetch_file(
    url: str, target: Path, sha256: str, timeout_s: float, hint: str, progress: Callable[[int, int | None], None]
) -> None:
    """Fetch a file with a checksum; nothing is left under its name before it is whole.

    What an interrupted download left is gone on with. Of several downloads at once one works, and the others wait.

    Args:
        sha256: hex digest that the file must have.
        timeout_s: seconds without a byte after which the server counts as unreachable.
        progress: called with bytes done and bytes in all, or None when that is unknown.

    Raises:
        EngineUnavailableError: it cannot be had, or is damaged.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if target.is_file():  # another one has been quicker
                part.unlink(missing_ok=True)
                return
            _append(url, file, timeout_s, progress)
        if digest_of(part) != sha256:
            part.unlink(missing_ok=True)
            raise EngineUnavailableError(f"The download of {target.name} is damaged: its checksum is wrong. Try again.")
        part.replace(target)
    except (OSError, http.client.HTTPException) as error:
        raise EngineUnavailableError(f"{target.name} could not be downloaded: {first_line(error)} {hint}") from error


def _append(url: str, file: BinaryIO, timeout_s: float, progress: Callable[[int, int | None], None]) -> None:
    """Fetch what a file lacks; from its start where the server cannot go on in the middle."""
    done = file.tell()
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return  # there is nothing after it; the checksum says whether it is whole
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            file.truncate(0)
            done = 0
        length = response.headers.get("content-length")
        total = done + int(length) if length else None
        while block := response.read(_BLOCK):
            file.write(block)
            done += len(block)
            progress(done, total)
        if total is not None and done < total:
            raise http.client.IncompleteRead(b"", total - done)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged_files(snapshot: Path) -> list[Path]:
    """Files of a hub's snapshot whose contents are not what their names in the cache say.

    The cache calls a large file by its SHA-256 and a small one by git's SHA-1 of a blob.
    """
    damaged = []
    for path in sorted(snapshot.rglob("*")):
        blob = path.resolve()
        if path.is_file() and blob != path and not _is_whole(blob):
            damaged.append(path)
    return damaged


def _is_whole(blob: Path) -> bool:
    if _SHA256.fullmatch(blob.name):
        return digest_of(blob) == blob.name
    if _SHA1.fullmatch(blob.name):
        digest = hashlib.sha1(b"blob %d\0" % blob.stat().st_size, usedforsecurity=False)
        with blob.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest() == blob.name
    return True


def first_line(error: BaseException) -> str:
    """An exception in one line that ends with a full stop."""
    reason = getattr(error, "reason", None) if isinstance(error, urllib.error.URLError) else None
    text = str(reason or error).strip() or type(error).__name__
    line = text.splitlines()[0][:300]
    return line if line.endswith(".") else f"{line}."
