"""The models of engines that have one, as the catalogue lists them."""

from voice_stack.hub.local import is_local, model_id
from voice_stack.serving.spec import LOCAL, ModelEntry


def model_entry(id: str, engine: str, source: str, owner: str, created: int, *, installed: bool) -> ModelEntry:
    """An engine's model: the released one under its usual name, and a folder of the user's under its own.

    Args:
        id: what requests call the released model.
        source: hub id or local folder.
        owner: who made the released model.
        created: Unix seconds of its release.
        installed: whether it is on the disk.
    """
    if is_local(source):
        id, owner = model_id(source), LOCAL
    return ModelEntry(id, engine, source, owner, created, installed, names=(engine,))
