"""Marks of an answer, as the settings want them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import SettingsError
from voice_stack.serving.answering import Answering
from voice_stack.tts.provenance import perth
from voice_stack.tts.provenance.credentials import SIGNED_FORMATS, CredentialSigner
from voice_stack.tts.provenance.settings import ProvenanceOptions, Watermark
from voice_stack.tts.provenance.statement import DigitalSource, Statement, today
from voice_stack.tts.provenance.watermark import Watermarker

METADATA, WATERMARK, C2PA = "metadata", "watermark", "c2pa"
KINDS: Final = (METADATA, WATERMARK, C2PA)
"""Kinds of marks."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one answer.

    Attributes:
        tags: what its file says.
        watermarker: makes the marker of a stream of a sample rate; None for none.
        sign: signs a whole file; None for none.
    """

    tags: dict[str, str] = field(default_factory=dict)
    watermarker: Callable[[int], Watermarker] | None = None
    sign: Callable[[bytes], bytes] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that there are."""
        there = (bool(self.tags), self.watermarker is not None, self.sign is not None)
        return tuple(kind for kind, is_there in zip(KINDS, there, strict=True) if is_there)


class Marking:
    """Marks answers. Any thread may use it.

    Raises:
        SettingsError: a package is missing that a setting needs, or a certificate is no good.
    """

    def __init__(self, options: ProvenanceOptions) -> None:
        self._options = options
        missing = perth.missing_package() if options.watermark is Watermark.PERTH else None
        if missing is not None:
            raise SettingsError(f"TTS_WATERMARK=perth needs the package {missing} ({perth.HOW_TO_INSTALL}).")
        self._signer = CredentialSigner(Path(options.c2pa_cert), options.c2pa_key) if options.c2pa_cert else None

    def load(self) -> None:
        """Load what marks will need.

        Raises:
            EngineUnavailableError: it does not load.
        """
        if self._options.watermark is Watermark.PERTH:
            perth.perth_network()

    def signs(self, audio_format: AudioFormat, *, waited_for: bool) -> bool:
        """True for an answer that is to be made whole, so that it can be signed.

        Args:
            waited_for: somebody waits for the first sound.
        """
        can = self._signer is not None and audio_format in SIGNED_FORMATS
        return can and (self._options.c2pa_wait or not waited_for)

    def marks(self, answering: Answering, audio_format: AudioFormat, *, trained: bool, whole: bool) -> Marks:
        """The marks of an answer.

        Args:
            trained: the engine has learnt its voice from samples, and does not speak by rules alone.
            whole: all of its bytes come at once.

        Raises:
            EngineUnavailableError: the watermark's network does not load.
        """
        source = DigitalSource.TRAINED if trained else DigitalSource.ALGORITHMIC
        statement = Statement(source, answering.engine, answering.model, today())
        tags = statement.tags if self._options.provenance_metadata and audio_format.takes_tags else {}
        watermarker = None
        if self._options.watermark is Watermark.PERTH:
            network = perth.perth_network()

            def watermarker(sample_rate: int) -> Watermarker:
                return Watermarker(network, perth.SAMPLE_RATE, sample_rate)

        sign, signer = None, self._signer
        if signer is not None and whole and audio_format in SIGNED_FORMATS:

            def sign(data: bytes) -> bytes:
                return signer.sign(data, audio_format, statement)

        return Marks(tags, watermarker, sign)
