"""Voices that requests name: OpenAI's names, the engine's own, and the recordings of the library."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from voice_stack.core.errors import EngineUnavailableError, UnusableVoiceError
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.types import EngineVoice, VoiceReference
from voice_stack.tts.voices.custom.store import FOLDER, VoiceStore
from voice_stack.tts.voices.library import VoiceLibrary
from voice_stack.tts.voices.openai_names import OpenAIVoices
from voice_stack.tts.voices.reference_options import ReferenceOptions

# The name whose voice speaks where a stand-in has no voice of the name that was asked for.
_DEFAULT_NAME = "alloy"
# A list waits so long for recordings that are new. A few dozen are judged by then.
_PATIENCE_S = 1.0
_BASE = re.compile(r"[+#(]")


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice as an engine takes it.

    Attributes:
        id: what it is called in headers and logs.
        voice: for `Utterance.voice`.
        languages: ISO 639-1 codes that it is bound to; empty for all of the engine's.
        usual_language: what it speaks when a text does not tell its language; None for the service's default.
    """

    id: str
    voice: str | VoiceReference
    languages: tuple[str, ...] = ()
    usual_language: str | None = None


@dataclass(frozen=True, slots=True)
class VoiceListing:
    """One line of `/v1/audio/voices`.

    Attributes:
        kind: openai, engine, library, or custom for those that clients have created.
        languages: ISO 639-1 codes; empty for all of the engine's.
        seconds: of recordings, for library voices.
        problem: why it cannot be used, or None.
        is_judged: False while nobody has listened to a library voice, and there may be a problem yet.
        licence: of an engine's voice; empty where it is not known, and for recordings of the library.
        non_commercial: whether that forbids commercial use.
    """

    id: str
    name: str
    kind: str
    engine: str
    languages: tuple[str, ...] = ()
    gender: str = ""
    description: str = ""
    downloaded: bool = True
    seconds: float | None = None
    problem: str | None = None
    is_judged: bool = True
    licence: str = ""
    non_commercial: bool = False


class VoiceCatalogue:
    """Resolves the voices of requests. Names are only ever compared; none becomes a path. Thread-safe.

    Args:
        models: knows the engines and how they are configured.
    """

    def __init__(self, settings: TtsSettings, models: Catalogue) -> None:
        self._models = models
        self._commercial_only = settings.host.commercial_only
        self.library = VoiceLibrary(settings.tts_voices_dir, settings.group(ReferenceOptions))
        self.created = VoiceStore(settings.storage.data_dir / FOLDER)
        engines = [spec.name for spec in models.specs()]
        cloning = [name for name in engines if (cls := self._class(name)) is not None and cls.clones]
        self.openai = OpenAIVoices(settings.tts_voices_dir / "openai.yaml", engines=engines, cloning=cloning)

    def check(self) -> None:
        """Read what the user wrote.

        Raises:
            SettingsError: openai.yaml has a mistake; names file and line.
        """
        self.openai.check()

    def is_library_voice(self, requested: str) -> bool:
        """True for the name of recordings, or the id of a created voice."""
        return requested in self.library or requested in self.created

    def find(self, requested: str, engine: str, language: str | None) -> Choice | None:
        """The voice that a name means to an engine; None when it means nothing to it.

        The library comes first: who calls a recording `alloy` wants that one.

        Args:
            language: ISO 639-1 code of the text, where it is known: OpenAI's names stand for one voice a language.

        Raises:
            UnusableVoiceError: recordings that cannot be used, or a voice that is left out for its licence; the message
                says why.
        """
        if self.is_library_voice(requested):
            return self._recorded(requested, requested)
        mapped = self.openai.lookup(requested, engine, language)
        if mapped is not None and self.is_library_voice(mapped):
            return self._recorded(requested, mapped)
        own = self._own(mapped or requested, engine)
        if own is None and self.is_openai_name(requested):
            return self.default(engine, language)
        return own

    def default(self, engine: str, language: str | None = None) -> Choice | None:
        """The voice of a request that names none, or one of OpenAI's names that means nothing to the engine.

        An engine without voices of its own speaks with the first recording that can be used; None when there is none.
        """
        mapped = self.openai.lookup(_DEFAULT_NAME, engine, language)
        choice = self._own(mapped, engine) if mapped is not None else None
        if choice is not None:
            return choice
        for voice in self._engine_voices(engine):
            return Choice(voice.id, voice.id, voice.languages)
        usable = self.library.first_usable()
        return Choice(usable.id, usable, usual_language=usable.language) if usable is not None else None

    def is_openai_name(self, requested: str) -> bool:
        """True for one of OpenAI's names, in any case."""
        return requested.lower() in self.openai.names

    def listing(self, engine: str) -> list[VoiceListing]:
        """Every voice that requests may name while an engine answers: OpenAI's, the library's, those that clients have
        created, the engine's own."""
        recorded = (*self._library_listing(engine), *self._created_listing(engine))
        return [*self._openai_listing(engine), *recorded, *self._engine_listing(engine)]

    def _recorded(self, requested: str, id: str) -> Choice:
        reference = (None if id in self.library else self.created.resolve(id)) or self.library.resolve(id)
        return Choice(requested, reference, usual_language=reference.language)

    def _own(self, voice: str, engine: str) -> Choice | None:
        languages = {known.id: known.languages for known in self._engine_voices(engine)}
        if voice in languages:
            return Choice(voice, voice, languages[voice])
        cls = self._class(engine)
        if cls is None or not cls.knows_voice(self._config(engine), voice):
            return None
        for known in self._left_out(engine):
            if known.id == voice:
                raise UnusableVoiceError(
                    f"The voice {voice!r} is left out by TTS_COMMERCIAL_ONLY: its licence ({known.licence}) forbids "
                    "commercial use."
                )
        # A mix or a variant: `af_bella(2)+af_sky`, `de+f3`, `en_US-libritts-high#17`. It begins with a voice.
        return Choice(voice, voice, languages.get(_BASE.split(voice, maxsplit=1)[0], ()))

    def _openai_listing(self, engine: str) -> Iterator[VoiceListing]:
        by_id = {voice.id: voice for voice in self._engine_voices(engine)}
        for name in self.openai.names:
            mapped = self.openai.lookup(name, engine, None)
            voice = by_id.get(mapped or "")
            yield VoiceListing(
                id=name,
                name=name.capitalize(),
                kind="openai",
                engine=engine,
                gender=voice.gender if voice else "",
                description=f"Stands for {mapped}." if mapped else "",
                downloaded=voice.downloaded if voice else True,
                **(self._terms(engine, voice) if voice else {}),
            )

    def _library_listing(self, engine: str) -> Iterator[VoiceListing]:
        for entry in self.library.entries(_PATIENCE_S):
            yield VoiceListing(
                id=entry.id,
                name=entry.name,
                kind="library",
                engine=engine,
                languages=(entry.language,) if entry.language else (),
                description=entry.description,
                seconds=entry.seconds,
                problem=entry.problem,
                is_judged=entry.is_judged,
            )

    def _created_listing(self, engine: str) -> Iterator[VoiceListing]:
        for record in self.created.voices.all():
            yield VoiceListing(
                id=record.id,
                name=record.name,
                kind="custom",
                engine=engine,
                languages=(record.language,) if record.language else (),
                seconds=record.seconds,
            )

    def _engine_listing(self, engine: str) -> Iterator[VoiceListing]:
        for voice in self._engine_voices(engine):
            if self.is_openai_name(voice.id):  # an upstream's own; they are listed already
                continue
            yield VoiceListing(
                id=voice.id,
                name=voice.name,
                kind="engine",
                engine=engine,
                languages=voice.languages,
                gender=voice.gender,
                description=voice.description,
                downloaded=voice.downloaded,
                **self._terms(engine, voice),
            )

    def _terms(self, engine: str, voice: EngineVoice) -> dict[str, Any]:
        """The licence of a voice: its own, or that of its engine's weights where these are the voices."""
        licence = self._models.spec(engine).licence
        if licence.by_voice:
            return {"licence": voice.licence, "non_commercial": voice.non_commercial}
        return {"licence": licence.weights, "non_commercial": licence.non_commercial}

    def _engine_voices(self, engine: str) -> list[EngineVoice]:
        return [voice for voice in self._all_voices(engine) if not self._is_left_out(voice)]

    def _left_out(self, engine: str) -> list[EngineVoice]:
        return [voice for voice in self._all_voices(engine) if self._is_left_out(voice)]

    def _is_left_out(self, voice: EngineVoice) -> bool:
        return self._commercial_only and voice.non_commercial

    def _all_voices(self, engine: str) -> list[EngineVoice]:
        cls = self._class(engine)
        return list(cls.voices(self._config(engine))) if cls is not None else []

    def _config(self, engine: str) -> EngineConfig[Any]:
        return self._models.config(engine)

    def _class(self, engine: str) -> type[TTSEngine] | None:
        """None for an engine of another package that does not import: another may answer in its place."""
        try:
            return cast(type[TTSEngine], self._models.spec(engine).load())
        except EngineUnavailableError:
            return None
