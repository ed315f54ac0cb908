"""Snapshots of repositories on the Hugging Face hub, in the cache layout of the hub's own client.

The hub's client begins a file anew whenever its download was cut, and shows a file to others as soon as it is there.
Here each file is gone on with, and checked, and a snapshot appears when all of it is whole.
"""

import http
import http.client
import logging
import shutil
import urllib.error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from uuid import uuid4

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.download import (
    DamagedDownloadError,
    FileProgress,
    digest_of,
    download_error,
    fetch_checked,
    first_line,
    is_digest,
    part_of,
    probe_server,
)
from voice_stack.hub.progress import Progress, logged_progress

logger = logging.getLogger("voice_stack.hub")

MAIN = "main"
"""The revision that is the newest."""

_MB = 1e6
_NO_ACCESS = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    """A file of a repository.

    Attributes:
        path: within the repository.
        digest: SHA-256 of a large file, git's SHA-1 of a small one; its name among the cache's blobs.
        size: bytes.
    """

    path: str
    digest: str
    size: int
    url: str


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
    revision: str = MAIN,
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
        revision: branch or commit. A snapshot that has all that is needed is taken whatever it is.

    Raises:
        DownloadInterruptedError: the connection broke; what has arrived is kept.
        EngineUnavailableError: no such repository, not complete, damaged, or the hub cannot be reached.
        Whatever `progress` raises.
    """
    folder = folder.absolute()
    for snapshot in cached_snapshots(repo, folder):
        if is_complete(snapshot):
            return snapshot
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise EngineUnavailableError(f"The model {name} is not on the disk, and HF_HUB_OFFLINE is set. {hint}")
    probe_server(f"{constants.ENDPOINT}/api/models/{quote(repo)}/revision/{quote(revision)}", name, timeout_s, hint)
    commit, wanted = _listed(repo, revision, files, name, timeout_s, hint)
    incomplete = EngineUnavailableError(f"The hub's {repo} does not hold all the files that are needed. {hint}")
    if not wanted:
        raise incomplete
    storage = storage_folder(repo, folder)
    size_mb = sum(file.size for file in wanted) / _MB
    logger.info("downloading %s from %s: %.0f MB, to %s", repo, constants.ENDPOINT, size_mb, folder)
    _fetch_blobs(wanted, storage / "blobs", name, timeout_s, hint, progress or logged_progress())
    path = _publish(storage, commit, wanted, is_main=revision == MAIN)
    if not is_complete(path):
        raise incomplete
    return path


def _listed(
    repo: str, revision: str, patterns: Sequence[str], name: str, timeout_s: float, hint: str
) -> tuple[str, list[_RemoteFile]]:
    """The commit that a revision stands for, and its files."""
    from huggingface_hub import HfApi, hf_hub_url
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
    from huggingface_hub.hf_api import RepoFile
    from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

    try:
        api = HfApi()
        commit = api.repo_info(repo, revision=revision, timeout=timeout_s).sha or ""
        listed = list(api.list_repo_tree(repo, revision=commit, recursive=True))
    except GatedRepoError as error:
        raise _needs_token(name, hint) from error
    except RepositoryNotFoundError as error:
        raise EngineUnavailableError(f"The hub has no public model {repo}.") from error
    except Exception as error:  # httpx's, requests' or the hub's own, by version
        raise EngineUnavailableError(f"The model {name} could not be downloaded: {first_line(error)} {hint}") from error
    tree = [entry for entry in listed if isinstance(entry, RepoFile)]
    found = []
    for file in filter_repo_objects(tree, allow_patterns=list(patterns), key=lambda file: file.path):
        digest = file.lfs.sha256 if file.lfs is not None else file.blob_id
        # What a server says becomes names of files here.
        if not is_digest(digest) or not is_digest(commit) or not _is_inside(file.path):
            raise EngineUnavailableError(f"The hub's list of the files of {repo} makes no sense. {hint}")
        found.append(_RemoteFile(file.path, digest, file.size, hf_hub_url(repo, file.path, revision=commit)))
    # The large ones last: when one of them is cut, everything else is there.
    return commit, sorted(found, key=lambda file: file.size)


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and bool(pure.parts)


def _fetch_blobs(
    files: Sequence[_RemoteFile], blobs: Path, name: str, timeout_s: float, hint: str, progress: Progress
) -> None:
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = build_hf_headers()
    total = sum(file.size for file in files)
    before = 0
    for file in files:
        blob = blobs / file.digest
        try:
            if not (blob.is_file() and _is_whole(blob)):
                told = _told_from(before, total, name, progress)
                fetch_checked(file.url, blob, file.digest, timeout_s=timeout_s, progress=told, headers=headers)
        except DamagedDownloadError as error:
            raise EngineUnavailableError(
                f"The download of {name} is damaged: the checksum of {file.path} is wrong. Try again."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code in _NO_ACCESS:
                raise _needs_token(name, hint) from error
            raise download_error(f"The model {name}", error, hint) from error
        before += file.size
        progress(name, before, total)


def _told_from(before: int, total: int, name: str, progress: Progress) -> FileProgress:
    return lambda done, _: progress(name, before + done, total)


def _is_whole(blob: Path) -> bool:
    """True for the blob that its name says; one that is not goes."""
    if digest_of(blob, blob.name) == blob.name:
        return True
    blob.unlink(missing_ok=True)
    return False


def _needs_token(name: str, hint: str) -> EngineUnavailableError:
    return EngineUnavailableError(f"The hub wants a token (HF_TOKEN) for the model {name}. {hint}".rstrip())


def _publish(storage: Path, commit: str, files: Sequence[_RemoteFile], *, is_main: bool) -> Path:
    """The snapshot's folder, with links to the blobs: a new one appears as a whole.

    Raises:
        EngineUnavailableError: the disk refuses.
    """
    final = storage / "snapshots" / commit
    laid = storage / f"laying-{uuid4().hex}" / commit  # as deep as it will lie, for the links
    try:
        if not final.exists():
            _link(files, laid, storage / "blobs")
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                laid.rename(final)
            except OSError:  # another one has been quicker
                if not final.is_dir():
                    raise
        _link(files, final, storage / "blobs")
        if not is_main:
            return final
        refs = storage / "refs"
        refs.mkdir(exist_ok=True)
        written = refs / f"main.{uuid4().hex}"
        written.write_text(commit, encoding="ascii")
        written.replace(refs / "main")
    except OSError as error:
        raise EngineUnavailableError(f"The model cannot be kept on the disk: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(laid.parent, ignore_errors=True)
    return final


def _link(files: Sequence[_RemoteFile], snapshot: Path, blobs: Path) -> None:
    for file in files:
        place = snapshot / file.path
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        made = part_of(place)
        try:
            # Relative, so that the folder can be moved; as deep here as in its final place.
            up = [".."] * (len(PurePosixPath(file.path).parts) + 1)
            made.unlink(missing_ok=True)
            made.symlink_to(Path(*up, blobs.name, file.digest))
        except OSError:  # a file system without links
            shutil.copyfile(blobs / file.digest, made)
        made.replace(place)
