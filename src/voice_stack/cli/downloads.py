"""Fetching the models of both services by the names that users know."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voice_stack.core.errors import EngineUnavailableError

if TYPE_CHECKING:
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.hub.progress import Progress
    from voice_stack.tts.settings import EngineName, TtsSettings

Fetch = Callable[["Progress"], Path | None]
"""Downloads something unless it is on the disk, and says where it is; None when it comes with its engine.

Raises:
    VoiceStackError: it cannot be had.
"""


def recognition_fetch(name: str, settings: "AsrSettings") -> Fetch:
    """How to get a recognition model: a name, a hub id, a path, or OpenAI's name for the configured one."""
    from voice_stack.asr.engines.whisper_files import ensure_model
    from voice_stack.asr.models import ALIASES, POCKETSPHINX_MODEL, ModelCatalogue
    from voice_stack.asr.settings import EngineName

    wanted = settings.asr_engine
    if name == POCKETSPHINX_MODEL or (name in ALIASES and wanted is EngineName.POCKETSPHINX):
        return _built_in
    engine = EngineName.FASTER_WHISPER if wanted is EngineName.POCKETSPHINX else wanted
    source = ModelCatalogue(settings).configured.source if name in ALIASES else name
    return partial(ensure_model, source, engine, settings.storage.model_dir, settings.hub.timeout_s)


def speech_fetch(name: str, settings: "TtsSettings") -> Fetch | None:
    """How to get a speech model: by its name, its engine's, the hub id that is configured, or OpenAI's name.

    Piper has a model for each voice, and takes the voice's name too. None when `name` means nothing to speech.
    """
    from voice_stack.asr.engines.whisper_names import REPOS
    from voice_stack.cli.arguments import speech_engine
    from voice_stack.tts.engines.factory import ENGINES, engine_class, engine_config
    from voice_stack.tts.models import ALIASES, ModelCatalogue
    from voice_stack.tts.settings import EngineName

    engine = ModelCatalogue(settings).configured.engine if name in ALIASES else speech_engine(name)
    if engine is None:
        engine = next((known for known in ENGINES if engine_config(settings, known).model == name), None)
    if engine is not None:
        return partial(_fetch_speech, engine, None, settings)
    config = engine_config(settings, EngineName.PIPER)
    # A voice that somebody called `small` does not stand in the way of the model.
    if name not in REPOS and engine_class(EngineName.PIPER).knows_voice(config, name):
        return partial(_fetch_speech, EngineName.PIPER, name, settings)
    return None


def _built_in(_progress: "Progress") -> None:
    return None


def _fetch_speech(
    engine: "EngineName", voice: str | None, settings: "TtsSettings", progress: "Progress"
) -> Path | None:
    """What an engine loads, or one of Piper's voices."""
    from voice_stack.tts.engines.coqui import model as xtts_model
    from voice_stack.tts.engines.factory import engine_class, engine_config
    from voice_stack.tts.engines.kokoro import files as kokoro_files
    from voice_stack.tts.engines.piper import voices as piper_voices
    from voice_stack.tts.settings import EngineName

    config = engine_config(settings, engine)
    # The licence of XTTS-v2 is accepted before it is downloaded.
    problem = engine_class(engine).obstacle(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    if engine is EngineName.COQUI:
        return xtts_model.ensure_model(config, progress)
    if engine is EngineName.KOKORO:
        return kokoro_files.ensure_files(config, progress).model
    if engine is EngineName.PIPER:
        shelf = piper_voices.VoiceShelf(config)
        id, _ = piper_voices.split_speaker(voice or shelf.default())
        return shelf.ensure(id, progress).model
    return None
