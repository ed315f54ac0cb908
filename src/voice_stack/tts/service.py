"""Speech on resident engines.

Everything here is blocking and runs in worker threads; `tts/runner.py` brings it to the event loop.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Self

from voice_stack import __version__
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceNotFoundError, VoiceStackError
from voice_stack.core.reloaded import file_stamp
from voice_stack.core.settings import settings_but
from voice_stack.language.codes import language_name
from voice_stack.language.detect import detect_language
from voice_stack.serving.attempt import Attempt, identity_of
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.text.plan import Plan, PlanLimits, check_text, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.engines.factory import engine_class, engine_config
from voice_stack.tts.engines.pool import EnginePool, LeasedEngine
from voice_stack.tts.models import DEFAULT_MODEL, ModelCatalogue, ModelEntry
from voice_stack.tts.settings import EngineName, TtsSettings
from voice_stack.tts.speaking.checkpoints import SpokenUnits
from voice_stack.tts.speaking.run import SpeechOptions, SpeechReport, SpeechRun, SpeechStart
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.catalogue import Choice, VoiceCatalogue

logger = logging.getLogger("voice_stack.tts")

# Of the fair share, in characters: about a unit.
_QUANTUM_CHARACTERS = 200.0
# Settings under which the same text gives the same speech.
_NOT_SHAPING = frozenset(
    {
        "tts_host",
        "tts_port",
        "tts_allowed_models",
        "tts_retry_engine_s",
        "tts_threads",
        "tts_workers",
        "tts_idle_unload_s",
        "tts_preload",
        "tts_max_input_chars",
        "tts_interactive_chars",
    }
)


class SpeechService:
    """Blocking speech on resident engines. Thread-safe.

    Raises:
        SettingsError: openai.yaml or a lexicon has a mistake, or no engine is left to speak.
    """

    def __init__(self, settings: TtsSettings) -> None:
        self.settings = settings
        self.catalogue = ModelCatalogue(settings)
        self.voices = VoiceCatalogue(settings)
        self.voices.check()
        self.lexicon = Lexicon(settings.tts_lexicon_dir)
        self.lexicon.check()
        self.pool = EnginePool(settings, self.catalogue)
        self.on_finished: Callable[[SpeechReport], None] | None = None
        """Called with the report of every speech that ran to its end, from its thread."""
        self.queues: EngineQueues[TTSEngine] = EngineQueues(settings, quantum=_QUANTUM_CHARACTERS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.pool.close()

    def preload(self) -> None:
        """Load the configured engine now.

        Raises:
            EngineUnavailableError: neither it nor a fallback can be built.
        """
        with self.pool.lease(DEFAULT_MODEL):
            pass

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn on an engine."""
        return self.queues.waiting

    def check(self, options: SpeechOptions) -> None:
        """Find what is wrong with a request, as far as it can be told without an engine.

        Raises:
            ModelNotFoundError, VoiceNotFoundError, UnusableVoiceError, InvalidRequestError: the client has to change
                something.
        """
        chain = self.catalogue.chain(options.model)
        check_text(options.text)
        self._check_voice(options.voice, chain)

    def context(self, options: SpeechOptions) -> str:
        """The identity of what an answer depends on besides the request: settings, recordings, lexicons."""
        chain = self.catalogue.chain(options.model)
        voices = [self.voices.find(options.voice, entry.engine, options.language) for entry in chain]
        files = [self.settings.tts_voices_dir / "openai.yaml", *sorted(self.settings.tts_lexicon_dir.glob("*.y*ml"))]
        settings = settings_but(self.settings, "tts_", _NOT_SHAPING)
        engines = [(entry.engine, entry.source) for entry in chain]
        return identity_of(__version__, settings, engines, voices, [(path.name, file_stamp(path)) for path in files])

    def start(
        self, options: SpeechOptions, stop: threading.Event | None = None, attempt: Attempt | None = None
    ) -> SpeechRun:
        """Check the request, queue, get the engine, and hand back the speech ready to be iterated.

        Args:
            stop: set it to give the run up.
            attempt: of a job, which goes on with what earlier ones have spoken.

        Raises:
            ModelNotFoundError, VoiceNotFoundError, UnusableVoiceError, InvalidRequestError: before anything heavy is
                done.
            UnsupportedError: the engine cannot speak that language, or cannot clone.
            OverloadedError: the queue is full.
            EngineUnavailableError: no engine could be built.
            CancelledWorkError: `stop` was set while it waited.
        """
        self.check(options)
        stop = stop or threading.Event()
        short = len(options.text) <= self.settings.tts_interactive_chars
        lane = options.lane or (Lane.INTERACTIVE if short else Lane.BATCH)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.queues.enter(lane))
            leased = stack.enter_context(self.pool.lease(options.model))
            choice, language = self._choose(options, leased)
            capabilities = leased.engine.capabilities
            plan = self._plan(options.text, language, capabilities.limit(language), phonemes=capabilities.phonemes)
            whole = len(plan.units) <= 1 and not capabilities.streaming
            start = SpeechStart(
                leased, choice.id, language, options.audio_format.sample_rate(capabilities.sample_rate), whole
            )
            characters = sum(len(part.text) for unit in plan.units for part in unit.parts)
            ticket = stack.enter_context(self.queues.of(leased.engine).admit(lane, characters, "speech", stop))
            stack.enter_context(self.queues.place(lane, stop))
            spoken = None
            if attempt is not None:
                engine = (leased.engine.name, leased.engine.model, choice.voice, options.speed, language)
                spoken = SpokenUnits(attempt.checkpoints, identity_of(__version__, *engine, plan.units))
            resources = stack.pop_all()
            return SpeechRun(
                options,
                plan.units,
                start,
                choice.voice,
                ticket=ticket,
                target_lufs=self.settings.tts_loudness_lufs,
                stop=stop,
                resources=resources,
                on_finished=self._finished,
                spoken=spoken,
                progress=attempt.progress if attempt else lambda done_s, total_s: None,
            )

    def preview(self, options: SpeechOptions) -> tuple[Plan, str]:
        """What would be said, and in which language; loads no engine.

        Raises:
            As `start`, except for what only the loaded engine knows.
        """
        entry = self.catalogue.chain(options.model)[0]
        language = options.language or self._told_language(options.text, self._languages_of(entry.engine))
        return self._plan(options.text, language, None, phonemes=False), language

    def _plan(self, text: str, language: str, limit: int | None, *, phonemes: bool) -> Plan:
        settings = self.settings
        limits = PlanLimits(
            limit=limit or max(settings.tts_chunk_chars, 250),
            target=settings.tts_chunk_chars,
            first_target=settings.tts_first_chunk_chars,
        )
        return plan_speech(text, language, limits, lexicon=self.lexicon, phonemes=phonemes)

    def _check_voice(self, requested: str, chain: Sequence[ModelEntry]) -> None:
        """See that the voice is one of any engine that may answer; and that its recordings can be used."""
        if not any(self.voices.find(requested, entry.engine, None) for entry in chain):
            raise VoiceNotFoundError(
                f"There is no voice {requested[:100]!r}; GET {self.settings.api_v1_str}/audio/voices lists all."
            )

    def _choose(self, options: SpeechOptions, leased: LeasedEngine) -> tuple[Choice, str]:
        """The voice and the language that the engine speaks with."""
        name = leased.entry.engine
        language = options.language
        if language is not None and language not in leased.engine.capabilities.languages:
            raise _unable(leased, f"does not speak {language_name(language)}", "language")
        choice = self.voices.find(options.voice, name, language)
        if choice is None and leased.fallback_reason is not None:
            choice = self.voices.default(name, language)
        if choice is None:
            raise VoiceNotFoundError(f"The engine {leased.engine.name} has no voice {options.voice[:100]!r}.")
        if isinstance(choice.voice, VoiceReference) and not leased.engine.capabilities.cloning:
            raise _unable(leased, "cannot speak with a recorded voice", "voice")
        if language is None:
            free = self.voices.is_openai_name(options.voice) or not choice.languages
            spoken = leased.engine.capabilities.languages
            candidates = spoken if free else spoken & set(choice.languages) or spoken
            language = self._told_language(options.text, candidates, choice.usual_language)
            if free:  # one of OpenAI's names stands for another voice in another language
                choice = self.voices.find(options.voice, name, language) or choice
        elif choice.languages and language not in choice.languages:
            raise _unable(leased, f"has no {language_name(language)} in the voice {choice.id!r}", "voice")
        return choice, language

    def _told_language(self, text: str, candidates: frozenset[str], usual: str | None = None) -> str:
        """The language of a text among those that can be spoken; the voice's or the default where it cannot be told."""
        found = detect_language(text, candidates) if self.settings.tts_auto_lang and len(candidates) > 1 else None
        if found is not None:
            return found
        for language in (usual, self.settings.tts_language, "en"):
            if language is not None and language in candidates:
                return language
        return min(candidates)

    def _languages_of(self, engine: EngineName) -> frozenset[str]:
        return engine_class(engine).languages(engine_config(self.settings, engine))

    def _finished(self, report: SpeechReport) -> None:
        logger.info(
            "spoke %.1f s for %d characters in %.2f s, first sound after %.3f s, %s %s",
            report.audio_s,
            report.characters,
            report.synthesis_s,
            report.first_s,
            report.engine,
            report.voice,
            extra={
                "audio_s": round(report.audio_s, 3),
                "characters": report.characters,
                "synthesis_s": round(report.synthesis_s, 3),
                "waited_s": round(report.waited_s, 3),
                "first_s": round(report.first_s, 3),
                "rtf": round(report.real_time_factor, 4),
                "engine": report.engine,
                "model": report.model,
                "language": report.language,
            },
        )
        if self.on_finished:
            self.on_finished(report)


def _unable(leased: LeasedEngine, what: str, param: str) -> VoiceStackError:
    engine = f"{leased.engine.name} ({leased.engine.model})"
    if leased.fallback_reason is None:
        return UnsupportedError(f"The engine {engine} {what}.", param=param)
    return EngineUnavailableError(
        f"The configured engine is not available: {leased.fallback_reason} Its stand-in {engine} {what}."
    )
