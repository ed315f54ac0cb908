"""Fetching the models of all engines by the names that users know."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voice_stack.core.errors import EngineUnavailableError, ModelNotFoundError
from voice_stack.serving.model_files import check_obstacle, download, find_model

if TYPE_CHECKING:
    from voice_stack.hub.progress import Progress
    from voice_stack.serving.catalogue import Catalogue
    from voice_stack.serving.spec import EngineSpec
    from voice_stack.tts.engines.base import TTSEngine

Fetch = Callable[["Progress"], Path | None]
"""Downloads something unless it is on the disk, and says where it is; None when it comes with its engine.

Raises:
    VoiceStackError: it cannot be had.
"""


def find_fetch(name: str, catalogues: Sequence["Catalogue"]) -> Fetch:
    """Way to get a model: by its name, its engine's, its hub id, its path, or OpenAI's name for the configured one.

    A voice that has a file of its own can be had by its name too, where no model is called that.

    Args:
        catalogues: of all kinds, in the order in which they are asked.

    Raises:
        ModelNotFoundError: the name means nothing to any engine.
    """
    try:
        return partial(download, find_model(name, catalogues))
    except ModelNotFoundError:
        pass  # a voice perhaps
    for catalogue in catalogues:
        for spec, cls in _speaking(catalogue):
            if cls.knows_voice(catalogue.config(spec.name), name):
                return partial(_fetch_voice, catalogue, spec, cls, name)
    raise ModelNotFoundError(f"No engine has a model or a voice {name[:100]!r}; `voice-stack models list` shows some.")


def _speaking(catalogue: "Catalogue") -> Iterator[tuple["EngineSpec", type["TTSEngine"]]]:
    """The speech engines whose voices can be downloaded."""
    from voice_stack.serving.spec import Kind
    from voice_stack.tts.engines.base import TTSEngine

    if catalogue.kind is not Kind.SPEECH:
        return
    for spec in catalogue.specs():
        if spec.rank is None or spec.embedded:
            continue
        try:
            cls = spec.load()
        except EngineUnavailableError:  # of another package: the others are asked
            continue
        if issubclass(cls, TTSEngine):
            yield spec, cls


def _fetch_voice(
    catalogue: "Catalogue", spec: "EngineSpec", cls: type["TTSEngine"], voice: str, progress: "Progress"
) -> Path | None:
    config = catalogue.config(spec.name)
    check_obstacle(spec, config)
    return cls.download_voice(config, voice, progress)
