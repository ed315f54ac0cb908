"""Downloads that fail soon and clearly: snapshots of repositories on the Hugging Face hub, and single files."""

import hashlib
import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.progress import Progress, byte_bars, logged_progress

logger = logging.getLogger("voice_stack.hub")

_BLOCK = 1 << 18


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

    Args:
        sha256: hex digest that the file must have.
        timeout_s: seconds without a byte after which the server counts as unreachable.
        progress: called with bytes done and bytes in all, or None when that is unknown.

    Raises:
        EngineUnavailableError: it cannot be had, or is damaged.
    """
    part = target.with_name(f"{target.name}.{time.time_ns()}.part")
    digest = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(url, timeout=timeout_s) as response, part.open("wb") as file:
            length = response.headers.get("content-length")
            total = int(length) if length else None
            done = 0
            while block := response.read(_BLOCK):
                file.write(block)
                digest.update(block)
                done += len(block)
                progress(done, total)
        if digest.hexdigest() != sha256:
            raise EngineUnavailableError(f"The download of {target.name} is damaged: its checksum is wrong. Try again.")
        part.replace(target)
    except (OSError, http.client.HTTPException) as error:
        raise EngineUnavailableError(f"{target.name} could not be downloaded: {first_line(error)} {hint}") from error
    finally:
        part.unlink(missing_ok=True)


def first_line(error: BaseException) -> str:
    """An exception in one line that ends with a full stop."""
    reason = getattr(error, "reason", None) if isinstance(error, urllib.error.URLError) else None
    text = str(reason or error).strip() or type(error).__name__
    line = text.splitlines()[0][:300]
    return line if line.endswith(".") else f"{line}."
