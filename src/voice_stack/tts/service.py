"""Speech on resident engines.

Everything here is blocking and runs in worker threads; `tts/runner.py` brings it to the event loop.
"""

import logging
from collections.abc import Callable, Sequence
from typing import cast

from voice_stack import __version__
from voice_stack.audio.recogniser import Recogniser
from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.core.reloaded import file_stamp
from voice_stack.core.settings import shaping_settings
from voice_stack.language.codes import language_name
from voice_stack.language.detect import detect_language
from voice_stack.serving.attempt import identity_of
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.host import answering
from voice_stack.serving.pool import Leased
from voice_stack.serving.registry import REGISTRY, Registry
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.service import EngineService, configure, unable
from voice_stack.serving.spec import Kind, ModelEntry
from voice_stack.serving.work import Ask, Work
from voice_stack.text.cutting.chunks import Opening
from voice_stack.text.markup.spans import Span
from voice_stack.text.plan import Plan, PlanLimits, check_text, parse_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.checkpoints import SpokenUnits
from voice_stack.tts.speaking.run import Speaker, SpeechOptions, SpeechReport, SpeechRun, SpeechStart
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.catalogue import Choice, VoiceCatalogue
from voice_stack.tts.voices.doctor import reference_doctor

logger = logging.getLogger("voice_stack.tts")

# Of the fair share, in characters: about a unit.
_QUANTUM_CHARACTERS = 200.0
# Characters of a first piece: of an engine whose sound comes while it computes, and of one that gives a sentence whole.
_OPENING, _WHOLE_OPENING = 80, 36
# OpenAI's names for "the speech model"; here they all mean the configured one.
NAMES = Names(aliases=("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15"))
DEFAULT_MODEL = NAMES.aliases[0]


def speech_models(settings: TtsSettings, registry: Registry = REGISTRY) -> Catalogue:
    """The speech models that requests may name.

    Raises:
        SettingsError: an engine that is configured does not exist, or none is left to speak.
    """
    return Catalogue(Kind.SPEECH, NAMES, settings.host, configure(settings, settings.host), registry)


class SpeechService(EngineService[TTSEngine, SpeechReport]):
    """Blocking speech on resident engines. Thread-safe.

    Args:
        observe: called with the report of every speech that ran to its end, from its thread.
        registry: where engines come from.
        recogniser: who listens to consents and to what was spoken; None for nobody.

    Raises:
        SettingsError: TTS_ENGINE names nothing, no engine is left to speak, or openai.yaml or a lexicon has a mistake.
    """

    def __init__(
        self,
        settings: TtsSettings,
        observe: Callable[[SpeechReport], None] = lambda report: None,
        registry: Registry = REGISTRY,
        recogniser: Recogniser | None = None,
    ) -> None:
        models = speech_models(settings, registry)
        queues: EngineQueues[TTSEngine] = EngineQueues(settings.queue, quantum=_QUANTUM_CHARACTERS)
        super().__init__(models, settings.host, queues, observe, logger)
        self.settings = settings
        self.recogniser = recogniser
        self.voices = VoiceCatalogue(settings, self.catalogue)
        self.voices.check()
        self.doctor = reference_doctor(settings)
        self.lexicon = Lexicon(settings.tts_lexicon_dir)
        self.lexicon.check()

    def check(self, options: SpeechOptions) -> Sequence[Span]:
        """The text of a request, parsed; after all of it was checked that can be told without an engine.

        Raises:
            ModelNotFoundError, VoiceNotFoundError, UnusableVoiceError, InvalidRequestError: the client has to change
                something.
        """
        chain = self.catalogue.chain(options.model)
        spans = check_text(options.text)
        self._check_voice(options.voice, chain)
        return spans

    def context(self, options: SpeechOptions) -> str:
        """The identity of what an answer depends on besides the request: settings, recordings, lexicons."""
        chain = self.catalogue.chain(options.model)
        voices = [self.voices.find(options.voice, entry.engine, options.language) for entry in chain]
        files = [self.settings.tts_voices_dir / "openai.yaml", *sorted(self.settings.tts_lexicon_dir.glob("*.y*ml"))]
        settings = [pair for pair in shaping_settings(self.settings) if pair[0].startswith("TTS_")]
        engines = [(entry.engine, entry.source, self._shaping(entry.engine)) for entry in chain]
        return identity_of(__version__, settings, engines, voices, [(path.name, file_stamp(path)) for path in files])

    def start(self, options: SpeechOptions, ask: Ask | None = None) -> SpeechRun:
        """Check the request, queue, get the engine, and hand back the speech ready to be iterated.

        Raises:
            ModelNotFoundError, VoiceNotFoundError, UnusableVoiceError, InvalidRequestError: before anything heavy is
                done.
            UnsupportedError: the engine cannot speak that language, or cannot clone.
            OverloadedError: the queue is full.
            EngineUnavailableError: no engine could be built.
            CancelledWorkError: the work was given up while it waited.
        """
        spans = self.check(options)
        ask = ask or Ask()
        short = len(options.text) <= self.settings.tts_interactive_chars
        lane = options.lane or (Lane.INTERACTIVE if short else Lane.BATCH)
        with self.host.enter(lane, ask.stop) as entrance:
            chain = self.catalogue.chain(options.model)
            # Nobody waits at the other end of a job.
            leased = entrance.lease(chain, patient=ask.attempt is not None)
            try:
                choice, language = self._choose(options, leased)
            except EngineUnavailableError:
                if not leased.meanwhile:
                    raise
                leased = entrance.lease(chain, patient=True)
                choice, language = self._choose(options, leased)
            engine = leased.engine
            capabilities = engine.capabilities
            opening = self._opening(type(engine), waited_for=ask.attempt is None)
            plan = self._plan(spans, language, capabilities.limit(language), opening, phonemes=capabilities.phonemes)
            characters = sum(len(part.text) for unit in plan.units for part in unit.parts)
            seat = entrance.take_seat(engine, characters, "speech")
        with seat.closed_on_error():
            start = SpeechStart(
                answering(leased, voice=choice.id, language=language),
                options.audio_format.sample_rate(capabilities.sample_rate),
                whole=len(plan.units) <= 1 and not capabilities.streaming,
            )
            speaker = Speaker(engine, choice.voice, self.settings.tts_loudness_lufs)
            work = Work(ask, seat)
            spoken = self._spoken(plan, start, choice, options.speed, work)
            return SpeechRun(options, plan.units, start, speaker, work, spoken, self._finished)

    def _spoken(self, plan: Plan, start: SpeechStart, choice: Choice, speed: float, work: Work) -> SpokenUnits | None:
        """Memory in which a job keeps what is spoken; None when it is no job."""
        attempt = work.ask.attempt
        if attempt is None:
            return None
        engine = start.answering
        depends = (engine.engine, engine.model, self._shaping(engine.engine), choice.voice, speed, engine.language)
        return SpokenUnits(attempt.checkpoints, identity_of(__version__, *depends, plan.units))

    def _shaping(self, engine: str) -> list[tuple[str, object]]:
        """The engine's own settings that change how it sounds."""
        return shaping_settings(self.settings.group(self.catalogue.spec(engine).options))

    def preview(self, options: SpeechOptions) -> tuple[Plan, str]:
        """Words that would be said, and their language; loads no engine.

        Raises:
            As `start`, except for what only the loaded engine knows.
        """
        entry = self.catalogue.chain(options.model)[0]
        language = options.language or self._told_language(options.text, self._languages_of(entry.engine))
        opening = self._opening(self._engine_class(entry.engine), waited_for=True)
        return self._plan(parse_text(options.text), language, None, opening, phonemes=False), language

    def _plan(
        self, spans: Sequence[Span], language: str, limit: int | None, opening: Opening | None, *, phonemes: bool
    ) -> Plan:
        target = self.settings.tts_chunk_chars
        limits = PlanLimits(limit=limit or max(target, 250), target=target, opening=opening)
        return plan_speech(spans, language, limits, lexicon=self.lexicon, phonemes=phonemes)

    def _check_voice(self, requested: str, chain: Sequence[ModelEntry]) -> None:
        """See that the voice is one of any engine that may answer; and that its recordings can be used."""
        if not any(self.voices.find(requested, entry.engine, None) for entry in chain):
            raise VoiceNotFoundError(
                f"There is no voice {requested[:100]!r}; GET {self.settings.web.api_v1_str}/audio/voices lists all."
            )

    def _choose(self, options: SpeechOptions, leased: Leased[ModelEntry, TTSEngine]) -> tuple[Choice, str]:
        """The voice and the language that the engine speaks with."""
        name = leased.entry.engine
        language = options.language
        if language is not None and language not in leased.engine.capabilities.languages:
            raise unable(answering(leased), f"does not speak {language_name(language)}", "language")
        choice = self.voices.find(options.voice, name, language)
        if choice is None and leased.fallback_reason is not None:
            choice = self.voices.default(name, language)
        if choice is None:
            raise VoiceNotFoundError(f"The engine {leased.engine.name} has no voice {options.voice[:100]!r}.")
        if isinstance(choice.voice, VoiceReference) and not leased.engine.capabilities.cloning:
            raise unable(answering(leased), "cannot speak with a recorded voice", "voice")
        if language is None:
            free = self.voices.is_openai_name(options.voice) or not choice.languages
            spoken = leased.engine.capabilities.languages
            candidates = spoken if free else spoken & set(choice.languages) or spoken
            language = self._told_language(options.text, candidates, choice.usual_language)
            if free:  # one of OpenAI's names stands for another voice in another language
                choice = self.voices.find(options.voice, name, language) or choice
        elif choice.languages and language not in choice.languages:
            raise unable(answering(leased), f"has no {language_name(language)} in the voice {choice.id!r}", "voice")
        return choice, language

    def _told_language(self, text: str, candidates: frozenset[str], usual: str | None = None) -> str:
        """The language of a text among those that can be spoken; the voice's or the default where it cannot be told."""
        wanted = (usual, self.settings.tts_language, "en")
        default = next((language for language in wanted if language in candidates), None) or min(candidates)
        told = self.settings.tts_auto_lang and len(candidates) > 1
        return (detect_language(text, candidates, default) if told else None) or default

    def _opening(self, engine: type[TTSEngine], *, waited_for: bool) -> Opening | None:
        """Shape of the beginning; None where it stays whole, because nobody waits for the first sound of a job."""
        if not engine.whole_sentences:
            return Opening(self.settings.tts_first_chunk_chars or _OPENING)
        if not waited_for:
            return None
        return Opening(self.settings.tts_first_chunk_chars or _WHOLE_OPENING, anywhere=True)

    def _engine_class(self, engine: str) -> type[TTSEngine]:
        return cast(type[TTSEngine], self.catalogue.spec(engine).load())

    def _languages_of(self, engine: str) -> frozenset[str]:
        return self._engine_class(engine).languages(self.catalogue.config(engine))

    def _finished(self, report: SpeechReport) -> None:
        took = f"{report.engine_s:.2f} s, first sound after {report.first_s:.3f} s"
        spoken = f"spoke {report.audio_s:.1f} s for {report.characters} characters in {took}"
        facts = {
            "characters": report.characters,
            "synthesis_s": round(report.engine_s, 3),
            "first_s": round(report.first_s, 3),
            "language": report.language,
        }
        self.tell(report, f"{spoken}, {report.engine} {report.voice}", facts)
