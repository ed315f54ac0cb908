"""Diarization in a service: its engines behind the same doors as those of the service's own kind, in the same queue."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from voice_stack.audio.source import AudioSource
from voice_stack.core.errors import EngineUnavailableError, InvalidRequestError, UnsupportedError
from voice_stack.core.settings import Settings
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.host import EngineHost
from voice_stack.serving.registry import REGISTRY, Registry
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.service import configure
from voice_stack.serving.spec import Kind
from voice_stack.serving.work import Ask, Work
from voice_stack.speaker.diarization.base import DiarizationEngine
from voice_stack.speaker.diarization.known import KnownVoice, named, voices_of
from voice_stack.speaker.diarization.request import PARAM, DiarizationRequest
from voice_stack.speaker.diarization.run import DiarizationReport, DiarizationRun
from voice_stack.speaker.diarization.settings import DiarizationHost
from voice_stack.speaker.diarization.turns import Diarization
from voice_stack.speaker.encoder import SpeakerEncoder

logger = logging.getLogger("voice_stack.speaker")

# Of audio whose length nobody knows yet.
_UNKNOWN_S: Final = 300.0
NAMES = Names(aliases=("diarization",))
Enrolled = Callable[[], Sequence[KnownVoice]]
"""The voices that were enrolled, of the configured embedding model."""


def nobody() -> Sequence[KnownVoice]:
    """The voices that are enrolled where nobody is."""
    return ()


class Diarizer:
    """The diarization engines of a service. Thread-safe; it lives as long as the service does.

    Args:
        encoder: tells voices; shared with whoever compares speakers.
        queues: of the service.
        enrolled: who was enrolled.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: SpeakerEncoder,
        queues: EngineQueues[Any],
        *,
        enrolled: Enrolled = nobody,
        registry: Registry = REGISTRY,
    ) -> None:
        options = settings.group(DiarizationHost)
        catalogue = Catalogue(
            Kind.DIARIZATION, NAMES, options, configure(settings, options), registry, model=options.model
        )
        self.host: EngineHost[DiarizationEngine] = EngineHost(catalogue, options, queues, logger)
        self.encoder = encoder
        self._enrolled = enrolled

    def admit(self, request: DiarizationRequest) -> list[KnownVoice]:
        """The voices that are known in a request: of its references, which are listened to, else of who was enrolled.

        Raises:
            EngineUnavailableError: the engine or the embedding model cannot be had; the message says what to do.
            UnsupportedError: the engine cannot tell known speakers.
            InvalidAudioError: a reference is no good; the message says which.
            InvalidRequestError: a name without a reference is nobody's who was enrolled.
        """
        catalogue = self.host.catalogue
        chain = catalogue.chain(NAMES.aliases[0])
        spec, config = catalogue.spec(chain[0].engine), catalogue.config(chain[0].engine, chain[0].source)
        problem = spec.obstacle(config)
        if problem is not None and len(chain) == 1:
            raise EngineUnavailableError(problem)
        engine = spec.load() if problem is None else catalogue.spec(chain[1].engine).load()
        if not (issubclass(engine, DiarizationEngine) and engine.needs_encoder):
            if request.references:
                raise UnsupportedError(f"The engine {engine.name} cannot tell known speakers.", param=PARAM)
            return []
        if self.encoder.obstacle is not None:
            raise EngineUnavailableError(f"Speakers cannot be told apart here: {self.encoder.obstacle}")
        _ = self.encoder.calibration  # a model that cannot be had is told before any work
        if request.references:
            return voices_of(request.references, self.encoder)
        enrolled = self._enrolled()
        if not request.names:
            return [*enrolled]
        by_name = {one.name.casefold(): one for one in enrolled}
        missing = [name for name in request.names if name.casefold() not in by_name]
        if missing:
            raise InvalidRequestError(
                f"Nobody is enrolled as {missing[0]!r}: send a clip of each known speaker in {PARAM}, or enrol them.",
                param="known_speaker_names",
            )
        return [by_name[name.casefold()] for name in request.names]

    def start(
        self,
        stream: AudioSource,
        request: DiarizationRequest,
        known: Sequence[KnownVoice],
        lane: Lane,
        ask: Ask,
        on_finished: Callable[[DiarizationReport], None] = lambda report: None,
    ) -> DiarizationRun:
        """Queue, get the engine, and hand back the diarization ready to be iterated. Close it in any case.

        Args:
            stream: the audio, open, at 16,000 Hz; it stays the caller's.
            known: what `admit` gave.

        Raises:
            EngineUnavailableError: neither the engine nor a stand-in can be built.
            OverloadedError: the queue is full.
            CancelledWorkError: the work was given up while it waited.
        """
        with self.host.enter(lane, ask.stop) as entrance:
            leased = entrance.lease(self.host.catalogue.chain(NAMES.aliases[0]), patient=True)
            seat = entrance.take_seat(leased.engine, stream.expected_seconds or _UNKNOWN_S, "a diarization")

        def name(found: Diarization) -> Diarization:
            return named(found, known, self.encoder)

        with seat.closed_on_error():
            return DiarizationRun(stream, leased, self.encoder, request.bounds, name, Work(ask, seat), on_finished)

    def unload_idle(self) -> None:
        """Free the engines that nobody has used for their time."""
        self.host.pool.unload_idle()

    def close(self) -> None:
        """Free all. Nothing else is called afterwards."""
        self.host.close()
        self.encoder.close()
