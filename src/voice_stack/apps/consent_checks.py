"""Checks of consents by the packages that can make them: speakers compared, and marks of synthetic speech found."""

import time
from collections.abc import Iterable
from typing import BinaryIO, Final, Protocol

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits
from voice_stack.core.errors import EngineError, EngineUnavailableError, ServiceUnavailableError, TooLittleSpeechError
from voice_stack.serving.service import Companion
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.speaker.vectors import similarity
from voice_stack.tts.provenance import perth
from voice_stack.tts.provenance.credentials import c2pa_is_installed
from voice_stack.tts.provenance.detection import detect
from voice_stack.tts.provenance.marking import C2PA, METADATA, WATERMARK
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.custom.checks import Mark, Similarity, SpeakerComparer

# Consents are rare: their network is freed after so long.
_IDLE_S: Final = 300.0


class KeptComparer(SpeakerComparer, Companion, Protocol):
    """A comparer that is freed with the service that asks it."""


def build_comparer(settings: TtsSettings) -> KeptComparer | None:
    """The comparer that SPEAKER_MODEL names; None for none. Loads nothing.

    Raises:
        SettingsError: SPEAKER_ENGINE names no engine, or another setting is wrong.
    """
    encoder = speaker_encoder(settings)
    return EncoderComparer(encoder) if encoder.is_configured else None


class EncoderComparer:
    """Speakers compared by their embeddings."""

    def __init__(self, encoder: SpeakerEncoder) -> None:
        self._encoder = encoder
        self._used_at = time.monotonic()

    def similarity(self, a: AudioClip, b: AudioClip) -> Similarity | None:
        """See `SpeakerComparer.similarity`."""
        self._used_at = time.monotonic()
        try:
            first, second = self._encoder.embed(a), self._encoder.embed(b)
        except TooLittleSpeechError:
            return None
        except (EngineUnavailableError, EngineError) as error:
            raise ServiceUnavailableError(error.message) from error
        return Similarity(similarity(first, second), self._encoder.calibration.same, self._encoder.name)

    def unload_idle(self) -> None:
        """Free the network where nobody has asked for minutes."""
        if time.monotonic() - self._used_at >= _IDLE_S:
            self._encoder.close()

    def close(self) -> None:
        """Free the network."""
        self._encoder.close()


class ProvenanceMarks:
    """Marks of synthetic speech that this software leaves, and C2PA's.

    Args:
        max_s: longest recording that is looked through, in seconds.
    """

    def __init__(self, max_s: float) -> None:
        self._limits = DecodeLimits(max_s)

    @property
    def name(self) -> str:
        """Detectors that look, for the record."""
        installed = {METADATA: True, WATERMARK: perth.missing_package() is None, C2PA: c2pa_is_installed()}
        return _named(kind for kind, there in installed.items() if there)

    def find(self, recording: BinaryIO) -> Mark | None:
        """See `MarkDetector.find`."""
        try:
            findings = detect(recording, self._limits)
        except EngineUnavailableError as error:
            raise ServiceUnavailableError(error.message) from error
        found = [finding for finding in findings.results if finding.detected]
        if not found:
            return None
        maker = next((finding.model for finding in found if finding.model), "")
        return Mark(maker, _named(finding.kind for finding in found))


def _named(kinds: Iterable[str]) -> str:
    return f"provenance/{','.join(kinds)}"
