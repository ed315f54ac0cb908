"""The models of engines that have one, as the catalogue lists them."""

from pathlib import Path

from voice_stack.hub.cache import storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.serving.spec import LOCAL, ModelEntry


def model_entry(
    id: str, engine: str, source: str, owner: str, created: int, *, installed: bool, megabytes: int = 0
) -> ModelEntry:
    """An engine's model: the released one under its usual name, and a folder of the user's under its own.

    Args:
        id: what requests call the released model.
        source: hub id or local folder.
        owner: who made the released model.
        created: Unix seconds of its release.
        installed: whether it is on the disk.
        megabytes: about what the released model's download takes; 0: not known.
    """
    if is_local(source):
        id, owner, megabytes = model_id(source), LOCAL, 0
    return ModelEntry(id, engine, source, owner, created, installed, names=(engine,), megabytes=megabytes)


def stored_model(source: str, model_dir: Path) -> list[Path]:
    """Folder of a model, the hub's for its repository or the user's own; empty when it is not there.

    Args:
        source: hub id or local folder.
        model_dir: the hub's cache folder.
    """
    folder = Path(source).expanduser() if is_local(source) else storage_folder(source, model_dir)
    return [folder] if folder.exists() else []
