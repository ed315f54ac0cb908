"""Description of the speech service: its voices with their languages."""

from wyoming.info import Attribution, Info, TtsProgram, TtsVoice

from voice_stack import __version__
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.tts.service import DEFAULT_MODEL
from voice_stack.tts.voices.catalogue import VoiceListing
from voice_stack.tts.wire.state import TtsState
from voice_stack.web.wyoming.description import OURS, PROGRAM, engine_version


def describe(state: TtsState) -> Info:
    """The service, with the voices of the engine that answers. Looks at the disk.

    A voice that is downloaded at its first use is not installed until then, nor are recordings that cannot be used.
    """
    service = state.service
    engine = service.host.answering_engine(DEFAULT_MODEL)
    spec = service.catalogue.spec(engine)
    try:
        spoken = sorted(spec.load().languages(service.catalogue.config(engine)))
    except EngineUnavailableError:
        spoken = []
    version = engine_version(spec)
    program = TtsProgram(
        name=PROGRAM,
        attribution=OURS,
        installed=True,
        description="Voice Stack: text to speech",
        version=__version__,
        voices=[_voice(listed, spoken, version) for listed in service.voices.listing(engine)],
        supports_synthesize_streaming=True,
    )
    return Info(tts=[program])


def _voice(listed: VoiceListing, spoken: list[str], version: str) -> TtsVoice:
    gender = f" ({listed.gender})" if listed.gender else ""
    return TtsVoice(
        name=listed.id,
        attribution=Attribution(name=listed.engine if listed.kind == "engine" else OURS.name, url=""),
        installed=listed.downloaded and listed.problem is None,
        description=f"{listed.name}{gender}",
        version=version,
        # Every language of the engine, where the voice is bound to none.
        languages=sorted(listed.languages) or spoken,
        speakers=None,
    )
