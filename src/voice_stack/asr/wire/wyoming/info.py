"""Description of the transcription service: its models with their languages, and what it does by itself."""

import contextlib

from wyoming.info import AsrModel, AsrProgram, Info

from voice_stack import __version__
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.spec import ModelEntry
from voice_stack.web.wyoming.description import OURS, PROGRAM, engine_version, made_by


def describe(state: AsrState) -> Info:
    """The service. Looks at the disk.

    Clients offer the languages of models that are here (`installed`); one that is downloaded at its first use is not
    installed until then.
    """
    catalogue = state.service.catalogue
    aliases = catalogue.names.aliases
    models = [_model(entry, catalogue) for entry in catalogue.entries() if entry.id not in aliases]
    program = AsrProgram(
        name=PROGRAM,
        attribution=OURS,
        installed=True,
        description="Voice Stack: speech to text",
        version=__version__,
        models=models,
        supports_transcript_streaming=True,
        requires_external_vad=not state.settings.wyoming_door.endpointing,
        # Sound that is 40 dB softer is understood as well (docs/home-assistant.md); noise is what they learn with.
        prefers_auto_gain_enabled=False,
        prefers_noise_reduction_enabled=False,
    )
    return Info(asr=[program])


def _model(entry: ModelEntry, catalogue: Catalogue) -> AsrModel:
    spec = catalogue.spec(entry.engine)
    languages: frozenset[str] = frozenset()
    with contextlib.suppress(EngineUnavailableError):  # an engine of another package that does not import
        languages = spec.load().languages(catalogue.config(entry.engine, entry.source))
    return AsrModel(
        name=entry.id,
        attribution=made_by(entry),
        installed=entry.installed,
        description=f"{entry.id} ({entry.engine})",
        version=engine_version(spec),
        languages=sorted(languages),
    )
