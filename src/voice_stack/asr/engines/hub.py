"""Models on the disk, downloaded on first use.

faster-whisper's come from the Hugging Face hub into MODEL_DIR in the hub's own cache layout, openai-whisper's from
OpenAI's server into MODEL_DIR/whisper. What is there already is used without touching the network.
"""

import hashlib
import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from voice_stack.asr.engines.hub_progress import Progress, byte_bars, logged_progress
from voice_stack.asr.engines.names import WHISPER_NAMES, is_local, model_id, repo_of
from voice_stack.asr.settings import EngineName
from voice_stack.core.errors import EngineUnavailableError

logger = logging.getLogger("voice_stack.asr")

# What faster-whisper itself downloads of a repository.
_FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
_BLOCK = 1 << 18
_HINT = "Put a model folder into MODEL_DIR, or set ASR_MODEL to a local folder."


def ensure_model(
    source: str,
    engine: EngineName,
    model_dir: Path,
    timeout_s: float,
    progress: Progress | None = None,
) -> Path:
    """The model's folder (faster-whisper) or file (whisper), downloaded first when it is not on the disk.

    Args:
        source: a name, a hub id, or a local folder or file.
        timeout_s: seconds without an answer after which the server counts as unreachable.
        progress: called with the model's id, bytes done and bytes in all (None: unknown), about once a block and from
            any thread; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, or its server cannot be reached.
    """
    progress = progress or logged_progress()
    if is_local(source):
        return _local(source, engine)
    if engine is EngineName.WHISPER:
        return _whisper_checkpoint(source, model_dir, timeout_s, progress)
    return _hub_snapshot(source, model_dir, timeout_s, progress)


def _local(source: str, engine: EngineName) -> Path:
    path = Path(source).expanduser().resolve()
    name = model_id(source)
    if engine is EngineName.WHISPER:
        if not path.is_file():
            raise EngineUnavailableError(f"There is no checkpoint {name!r} for openai-whisper: it takes a .pt file.")
    elif not (path / "model.bin").is_file():
        raise EngineUnavailableError(
            f"The local model {name!r} is no faster-whisper model: it takes a folder that holds model.bin."
        )
    return path


def _hub_snapshot(source: str, model_dir: Path, timeout_s: float, progress: Progress) -> Path:
    repo = repo_of(source)
    if "/" not in repo:
        known = ", ".join(WHISPER_NAMES[EngineName.FASTER_WHISPER])
        raise EngineUnavailableError(
            f"{source!r} is neither a local folder, nor a hub id (organisation/name), nor one of {known}."
        )
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        path = Path(snapshot_download(repo, cache_dir=model_dir, local_files_only=True, allow_patterns=_FILES))
        if _complete(path):
            return path
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError):
        pass  # not here, or only half of it: it is downloaded
    if constants.HF_HUB_OFFLINE:
        raise EngineUnavailableError(f"The model {source} is not on the disk, and HF_HUB_OFFLINE is set. {_HINT}")
    _probe(f"{constants.ENDPOINT}/api/models/{quote(repo)}/revision/main", source, timeout_s)
    logger.info("downloading the model %s from %s", repo, constants.ENDPOINT)
    try:
        path = Path(
            snapshot_download(
                repo,
                cache_dir=model_dir,
                allow_patterns=_FILES,
                etag_timeout=timeout_s,
                tqdm_class=byte_bars(source, progress),
            )
        )
    except GatedRepoError as error:
        raise EngineUnavailableError(f"The hub wants a token (HF_TOKEN) for the model {source}.") from error
    except RepositoryNotFoundError as error:
        raise EngineUnavailableError(f"The hub has no public model {repo}.") from error
    except Exception as error:  # httpx's, requests' or the hub's own, by version
        raise EngineUnavailableError(
            f"The model {source} could not be downloaded: {_first_line(error)} {_HINT}"
        ) from error
    if not (path / "model.bin").is_file():
        raise EngineUnavailableError(f"{repo} is no faster-whisper model: it holds no model.bin.")
    return path


def _complete(snapshot: Path) -> bool:
    """Whether a cached snapshot has all that faster-whisper needs; an interrupted download leaves a part."""
    needed = (snapshot / "model.bin", snapshot / "config.json", snapshot / "tokenizer.json")
    return all(path.is_file() for path in needed) and any(snapshot.glob("vocabulary.*"))


def _probe(url: str, model: str, timeout_s: float) -> None:
    """Fail quickly when a server does not answer; any HTTP status is an answer.

    A thread, because neither the resolver nor several addresses that drop packets obey a socket's timeout, and because
    the hub's client would retry for minutes.
    """
    failures: list[str] = []

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="GET"), timeout=timeout_s).close()
        except urllib.error.HTTPError:
            pass  # it answers
        except (OSError, http.client.HTTPException) as error:
            failures.append(_first_line(error))

    thread = threading.Thread(target=ask, name="hub-probe", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        failures.append(f"no answer within {timeout_s:g} s.")
    if failures:
        raise EngineUnavailableError(f"Cannot reach the model hub for {model}: {failures[0]} {_HINT}")


def _whisper_checkpoint(name: str, model_dir: Path, timeout_s: float, progress: Progress) -> Path:
    target = model_dir / "whisper" / f"{name}.pt"
    if target.is_file():
        return target
    # The name of a hub id's model, so that a fallback from faster-whisper finds its counterpart.
    names = [known for known in WHISPER_NAMES[EngineName.WHISPER] if name in (known, repo_of(known))]
    if not names:
        known = ", ".join(WHISPER_NAMES[EngineName.WHISPER])
        raise EngineUnavailableError(f"openai-whisper has no model {name!r}: it takes a .pt file or one of {known}.")
    if names[0] != name:
        return _whisper_checkpoint(names[0], model_dir, timeout_s, progress)
    from whisper import _MODELS

    url: str = _MODELS[name]
    _probe(url, name, timeout_s)
    logger.info("downloading the model %s from OpenAI's server", name)
    _download(url, target, url.split("/")[-2], timeout_s, lambda done, total: progress(name, done, total))
    return target


def _download(
    url: str, target: Path, sha256: str, timeout_s: float, progress: Callable[[int, int | None], None]
) -> None:
    """Fetch a file with a checksum; whisper's own downloader has no timeout and leaves half files under the name."""
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
        raise EngineUnavailableError(f"{target.name} could not be downloaded: {_first_line(error)} {_HINT}") from error
    finally:
        part.unlink(missing_ok=True)


def _first_line(error: BaseException) -> str:
    reason = getattr(error, "reason", None) if isinstance(error, urllib.error.URLError) else None
    text = str(reason or error).strip() or type(error).__name__
    line = text.splitlines()[0][:300]
    return line if line.endswith(".") else f"{line}."
