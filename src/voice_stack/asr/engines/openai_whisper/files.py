"""openai-whisper's checkpoints: which there are, and how they come onto the disk.

They come from OpenAI's server into MODEL_DIR/whisper. What is there already is used without touching the network.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from voice_stack.asr.engines.whisper_names import RELEASED, REPOS, repo_of
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.hub.download import fetch_file, part_of, probe_server
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress, logged_progress
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.spec import ModelEntry

logger = logging.getLogger("voice_stack.asr")

ENGINE_NAME: Final = "whisper"
# openai-whisper publishes no distilled models.
NAMES: Final = tuple(name for name in REPOS if not name.startswith("distil"))
_HINT: Final = "Put a checkpoint into MODEL_DIR, or set ASR_MODEL to a .pt file."

Config = EngineConfig[Any]


def models(config: Config) -> list[ModelEntry]:
    """The configured model, and the checkpoints in MODEL_DIR.

    Raises:
        SettingsError: a file that does not exist, or a name that is none.
    """
    found = list(_installed(config.model_dir))
    return [_configured(config), *found] if config.model else found


def find(name: str, config: Config) -> ModelEntry | None:
    """A model by its name, by the hub id of its counterpart for faster-whisper, or by its path."""
    if is_local(name):
        path = Path(name).expanduser()
        return _local_entry(name, path) if _is_checkpoint(path) else None
    known = next((one for one in NAMES if name in (one, repo_of(one))), None)
    if known is None:
        return None
    path = _checkpoint(known, config.model_dir)
    return ModelEntry(known, ENGINE_NAME, known, "openai", _created(path), path.is_file())


def on_disk(config: Config) -> Path | None:
    """The configured checkpoint, when it is there. Asks no network."""
    local = is_local(config.model)
    path = Path(config.model).expanduser().resolve() if local else _checkpoint(config.model, config.model_dir)
    return path if _is_checkpoint(path) else None


def files(config: Config) -> list[Path]:
    """Files of the configured model on the disk, the part of a download too."""
    found = on_disk(config)
    if is_local(config.model):
        return [found] if found else []
    part = part_of(_checkpoint(config.model, config.model_dir))
    return [path for path in (found, part) if path is not None and path.is_file()]


def ensure_model(config: Config, progress: Progress | None = None) -> Path:
    """The configured checkpoint, downloaded first when it is not on the disk.

    Args:
        progress: of the download; the default writes lines to the log.

    Raises:
        EngineUnavailableError: no such model, or OpenAI's server cannot be reached.
    """
    source = config.model
    found = on_disk(config)
    if found is not None:
        return found
    if is_local(source):
        raise EngineUnavailableError(
            f"There is no checkpoint {model_id(source)!r} for openai-whisper: it takes a .pt file."
        )
    known = find(source, config)
    if known is None:
        raise EngineUnavailableError(
            f"openai-whisper has no model {source!r}: it takes a .pt file or one of {', '.join(NAMES)}."
        )
    target = _checkpoint(known.source, config.model_dir)
    return target if target.is_file() else _download(known.source, target, config, progress or logged_progress())


def _download(name: str, target: Path, config: Config, progress: Progress) -> Path:
    from whisper import _MODELS

    url: str = _MODELS[name]
    probe_server(url, name, config.hub_timeout_s, _HINT)
    logger.info("downloading the model %s from OpenAI's server", name)
    # whisper's own downloader has no timeout and leaves half files under the name.
    sha256 = url.split("/")[-2]
    fetch_file(url, target, sha256, config.hub_timeout_s, _HINT, lambda done, total: progress(name, done, total))
    return target


def _configured(config: Config) -> ModelEntry:
    source = config.model
    if is_local(source):
        path = Path(source).expanduser()
        if not path.exists():
            raise SettingsError(f"ASR_MODEL={source!r}: there is no such folder or file.")
        return _local_entry(source, path)
    found = find(source, config)
    if found is None:
        raise SettingsError(
            f"ASR_MODEL={source!r}: not a model of {ENGINE_NAME}. Known names: {', '.join(NAMES)}; or the path of a "
            "local model."
        )
    return found


def _installed(model_dir: Path) -> Iterator[ModelEntry]:
    for path in sorted(model_dir.glob("*.pt")):
        yield ModelEntry(path.stem, ENGINE_NAME, str(path), "local", _created(path), True)
    for path in sorted((model_dir / "whisper").glob("*.pt")):
        yield ModelEntry(path.stem, ENGINE_NAME, path.stem, "openai", _created(path), True)


def _local_entry(source: str, path: Path) -> ModelEntry:
    return ModelEntry(model_id(source), ENGINE_NAME, source, "local", _created(path), _is_checkpoint(path))


def _is_checkpoint(path: Path) -> bool:
    return path.suffix == ".pt" and path.is_file()


def _checkpoint(name: str, model_dir: Path) -> Path:
    return model_dir / "whisper" / f"{name}.pt"


def _created(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return RELEASED
