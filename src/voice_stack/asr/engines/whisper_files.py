"""Models on the disk, downloaded on first use.

faster-whisper's come from the Hugging Face hub into MODEL_DIR in the hub's own cache layout, openai-whisper's from
OpenAI's server into MODEL_DIR/whisper. What is there already is used without touching the network.
"""

import logging
from pathlib import Path

from voice_stack.asr.engines.whisper_names import WHISPER_NAMES, is_local, model_id, repo_of
from voice_stack.asr.settings import EngineName
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.download import fetch_file, fetch_snapshot, probe_server
from voice_stack.hub.progress import Progress, logged_progress

logger = logging.getLogger("voice_stack.asr")

# What faster-whisper itself downloads of a repository.
_FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
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
    return fetch_snapshot(
        repo,
        model_dir,
        _FILES,
        name=source,
        is_complete=_complete,
        timeout_s=timeout_s,
        hint=_HINT,
        progress=progress,
    )


def _complete(snapshot: Path) -> bool:
    """Whether a snapshot has all that faster-whisper needs; an interrupted download leaves a part."""
    needed = (snapshot / "model.bin", snapshot / "config.json", snapshot / "tokenizer.json")
    return all(path.is_file() for path in needed) and any(snapshot.glob("vocabulary.*"))


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
    probe_server(url, name, timeout_s, _HINT)
    logger.info("downloading the model %s from OpenAI's server", name)
    # whisper's own downloader has no timeout and leaves half files under the name.
    fetch_file(url, target, url.split("/")[-2], timeout_s, _HINT, lambda done, total: progress(name, done, total))
    return target
