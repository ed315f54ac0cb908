"""Speech on resident engines.

Everything here is blocking and runs in worker threads; `tts/runner.py` brings it to the event loop.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from anyio import CapacityLimiter

from voice_stack import __version__
from voice_stack.audio.recogniser import Recogniser
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceNotFoundError
from voice_stack.core.reloaded import file_stamp
from voice_stack.core.settings import shaping_settings
from voice_stack.language.codes import LANGUAGES, language_name
from voice_stack.language.detect import detect_language
from voice_stack.serving.answering import Answering
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
from voice_stack.text.markup.spans import Span, TextSpan
from voice_stack.text.plan import Plan, PlanLimits, Unit, plan_speech
from voice_stack.text.pronunciation.lexicon import Lexicon
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.provenance.marking import Marking
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.captions import Timestamps
from voice_stack.tts.speaking.checking.checker import SpeechChecker
from voice_stack.tts.speaking.checkpoints import SpokenUnits
from voice_stack.tts.speaking.run import Speaker, SpeechOptions, SpeechReport, SpeechRun, SpeechStart
from voice_stack.tts.speaking.script import Passage, Turn, joined, named, passages_of
from voice_stack.tts.speaking.teller import Part, Script
from voice_stack.tts.types import VoiceReference
from voice_stack.tts.voices.catalogue import Choice, VoiceCatalogue
from voice_stack.tts.voices.custom.checks import Checkers
from voice_stack.tts.voices.custom.library import open_library
from voice_stack.tts.voices.doctor import reference_doctor

logger = logging.getLogger("voice_stack.tts")

# Of the fair share, in characters: about a unit.
_QUANTUM_CHARACTERS = 200.0
# Characters of a first piece: of an engine whose sound comes while it computes, and of one that gives a sentence whole.
_OPENING, _WHOLE_OPENING = 80, 36
# Characters that a voice's language is told from.
_TELLING = 2000
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
        recogniser: who listens to what was spoken; None for nobody.
        checkers: who looks at consents and created voices.

    Raises:
        SettingsError: TTS_ENGINE names nothing, no engine is left to speak, openai.yaml, consent.yaml or a lexicon has
            a mistake, or what marks need is missing.
    """

    def __init__(
        self,
        settings: TtsSettings,
        observe: Callable[[SpeechReport], None] = lambda report: None,
        registry: Registry = REGISTRY,
        recogniser: Recogniser | None = None,
        checkers: Checkers = Checkers(),
    ) -> None:
        models = speech_models(settings, registry)
        queues: EngineQueues[TTSEngine] = EngineQueues(settings.queue, quantum=_QUANTUM_CHARACTERS)
        super().__init__(models, settings.host, queues, observe, logger)
        self.settings = settings
        self.recogniser = recogniser
        self.checker = SpeechChecker(settings.verify, recogniser)
        self.keep(self.checker)
        self.voices = VoiceCatalogue(settings, self.catalogue)
        self.voices.check()
        self.custom = open_library(settings, checkers, self.voices.created, self._forget_voice)
        self.keep(self.custom)
        self.doctor = reference_doctor(settings)
        self.lexicon = Lexicon(settings.tts_lexicon_dir)
        self.lexicon.check()
        self.marking = Marking(settings.provenance)
        # Of provenance, one at a time: each keeps a core busy.
        self.checking = CapacityLimiter(1)

    def status(self) -> Mapping[str, object]:
        """State of the engines, and of the created voices under `voices`, for `/health`."""
        return {**super().status(), "voices": self.custom.status()}

    def check(self, options: SpeechOptions) -> list[Passage]:
        """The passages of a request, parsed; after all of it was checked that can be told without an engine.

        Raises:
            ModelNotFoundError, VoiceNotFoundError, UnusableVoiceError, InvalidRequestError: the client has to change
                something.
        """
        chain = self.catalogue.chain(options.model)
        if options.timestamps is Timestamps.WORD and not (self.recogniser or self._tells_words(chain[0].engine)):
            raise UnsupportedError(
                f"The engine {chain[0].engine} does not tell when it says which word, and nobody listens: set "
                "TTS_ASR=service or TTS_ASR=embedded. timestamps=sentence needs nobody.",
                param="timestamps",
            )
        turns = options.turns or (Turn(options.voice, options.text),)
        rules = None
        if options.timestamps is not None:
            rules = options.language or self._told_language(options.text, frozenset(LANGUAGES))
        passages = passages_of(turns, options.voice, sentences=rules)
        for turn in {passage.turn.voice: passage.turn for passage in passages}.values():
            with named(turn):
                self._check_voice(turn.voice, chain)
        return passages

    def context(self, options: SpeechOptions) -> str:
        """The identity of what an answer depends on besides the request: settings, recordings, lexicons."""
        chain = self.catalogue.chain(options.model)
        names = dict.fromkeys(passage.turn.voice for passage in self.check(options))
        voices = [self.voices.find(name, entry.engine, options.language) for entry in chain for name in names]
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
        passages = self.check(options)
        ask = ask or Ask()
        short = len(options.text) <= self.settings.tts_interactive_chars
        lane = options.lane or (Lane.INTERACTIVE if short else Lane.BATCH)
        with self.host.enter(lane, ask.stop) as entrance:
            chain = self.catalogue.chain(options.model)
            # Nobody waits at the other end of a job.
            leased = entrance.lease(chain, patient=ask.attempt is not None)
            try:
                parts = self._parts(options, passages, leased)
            except EngineUnavailableError:
                if not leased.meanwhile:
                    raise
                leased = entrance.lease(chain, patient=True)
                parts = self._parts(options, passages, leased)
            engine = leased.engine
            capabilities = engine.capabilities
            opening = self._opening(type(engine), waited_for=ask.attempt is None)

            def plan(number: int, passage: Passage) -> Plan:
                language, begins = parts[number].language, opening if number == 0 else None
                limit = capabilities.limit(language)
                return self._plan(passage.spans, language, limit, begins, phonemes=capabilities.phonemes)

            units, owners = joined(passages, plan)
            characters = sum(len(part.text) for unit in units for part in unit.parts)
            seat = entrance.take_seat(engine, characters, "speech")
        with seat.closed_on_error():
            voices = ", ".join(dict.fromkeys(part.voice_id for part in parts))
            answers = answering(leased, voice=voices, language=parts[0].language)
            audio_format = options.audio_format
            signed = self.marking.signs(audio_format, waited_for=ask.attempt is None)
            whole = signed or (len(units) <= 1 and not capabilities.streaming)
            marks = self.marking.marks(answers, audio_format, trained=engine.trained, whole=whole)
            start = SpeechStart(
                answers,
                audio_format.sample_rate(capabilities.sample_rate),
                whole=whole,
                marks=marks.kinds,
                ignored=("instructions",) if options.instructions.strip() and not capabilities.instructions else (),
            )
            self._note_cloned(options, passages, parts, answers)
            wanted = options.timestamps
            listener = self.recogniser if wanted is Timestamps.WORD else None
            script = Script(tuple(parts), tuple(owners), wanted, listener)
            speaker = Speaker(engine, script, self.settings.tts_loudness_lufs, self.checker)
            work = Work(ask, seat)
            spoken = self._spoken(units, script, start, options, work)
            return SpeechRun(options, units, start, speaker, work, spoken, self._finished, marks)

    def _forget_voice(self, sha256: str) -> None:
        """Drop a deleted voice from the memory of the engines."""
        self.host.pool.visit(lambda engine: engine.forget_voice(sha256))

    def _note_cloned(
        self, options: SpeechOptions, passages: Sequence[Passage], parts: Sequence[Part], answers: Answering
    ) -> None:
        """Leave a line in the audit log for each cloned voice that speaks."""
        characters: dict[VoiceReference, int] = {}
        for passage, part in zip(passages, parts, strict=True):
            if isinstance(part.voice, VoiceReference):
                said = (
                    passage.text
                    if passage.text is not None
                    else "".join(span.text for span in passage.spans if isinstance(span, TextSpan))
                )
                characters[part.voice] = characters.get(part.voice, 0) + len(said)
        if len({part.voice_id for part in parts}) == 1:
            characters = dict.fromkeys(characters, len(options.text))
        for voice, number in characters.items():
            self.custom.note_speech(voice, number, answers)

    def preload(self) -> None:
        """Load the configured engine, and what marks need, now.

        Raises:
            EngineUnavailableError: neither the engine nor a fallback can be built, or the watermark's network cannot.
        """
        super().preload()
        self.marking.load()

    def _parts(
        self, options: SpeechOptions, passages: Sequence[Passage], leased: Leased[ModelEntry, TTSEngine]
    ) -> list[Part]:
        """The passages with the voices and the languages that the engine speaks them with: one language a voice."""
        texts: dict[str, str] = {}
        for passage in passages:
            if len(texts.get(passage.turn.voice, "")) < _TELLING:
                text = options.text if not options.turns and len(passages) == 1 else passage.turn.text
                texts[passage.turn.voice] = f"{texts.get(passage.turn.voice, '')}\n{text}".strip()
        chosen: dict[str, tuple[Choice, str]] = {}
        for passage in passages:
            name = passage.turn.voice
            if name not in chosen:
                with named(passage.turn):
                    chosen[name] = self._choose(replace(options, voice=name, text=texts[name]), leased)
        return [
            Part(choice.voice, choice.id, language, passage.text)
            for passage in passages
            for choice, language in [chosen[passage.turn.voice]]
        ]

    def _spoken(
        self, units: Sequence[Unit], script: Script, start: SpeechStart, options: SpeechOptions, work: Work
    ) -> SpokenUnits | None:
        """Memory in which a job keeps what is spoken; None when it is no job."""
        attempt = work.ask.attempt
        if attempt is None:
            return None
        engine = start.answering
        voices = [(part.voice, part.language) for part in script.parts]
        shaping = self._shaping(engine.engine), voices, script.owners, options.speed, options.instructions
        depends = (engine.engine, engine.model, *shaping)
        return SpokenUnits(attempt.checkpoints, identity_of(__version__, *depends, tuple(units)))

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
        plans: list[Plan] = []

        def plan(number: int, passage: Passage) -> Plan:
            begins = opening if number == 0 else None
            plans.append(self._plan(passage.spans, language, None, begins, phonemes=False))
            return plans[-1]

        units, _ = joined(passages_of((Turn("", options.text),), "", sentences=None), plan)
        return Plan(" ".join(made.text for made in plans), tuple(units)), language

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

    def _tells_words(self, engine: str) -> bool:
        return self._engine_class(engine).word_times

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
            "checks": report.checks.summary,
        }
        self.tell(report, f"{spoken}, {report.engine} {report.voice}", facts)
