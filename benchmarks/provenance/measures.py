"""Measures of marks: survival, loudness of the mark, false alarms, length, cost."""

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soxr

from benchmarks.provenance.ways import WAYS, Way
from benchmarks.recognition_quality.material import entries
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.tags import read_tags
from voice_stack.core.settings import load_settings
from voice_stack.tts.provenance import perth
from voice_stack.tts.provenance.credentials import SIGNED_FORMATS, CredentialSigner, read_credentials
from voice_stack.tts.provenance.detection import HEARD_FROM, watermark_confidence
from voice_stack.tts.provenance.statement import DigitalSource, Statement, read_statement, today
from voice_stack.tts.provenance.watermark import Watermarker
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions

LENGTHS_S: Final = (0.3, 0.5, 1.0, 2.0, 3.0, 5.0)
_LIMITS: Final = DecodeLimits(3600.0)


def speech(settings: dict[str, str], texts: Sequence[str]) -> list[AudioClip]:
    """Unmarked speech of the service, a clip for each text, at the engine's rate."""
    lower = {name.lower(): value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as voices:
        loaded = load_settings(TtsSettings, tts_voices_dir=voices, tts_provenance_metadata=False, **lower)
        with SpeechService(loaded) as service:
            return [_spoken(service, text) for text in texts]


def _spoken(service: SpeechService, text: str) -> AudioClip:
    with service.start(SpeechOptions(text, "alloy", "tts-1", language="en", audio_format=AudioFormat.WAV)) as run:
        data = b"".join(run)
        rate = run.start.sample_rate
    with _file(data) as file, open_audio(file, _LIMITS, sample_rate=rate) as sound:
        return sound.read(_LIMITS.max_seconds)


def marked(clip: AudioClip, piece_s: float | None = None) -> AudioClip:
    """The clip with the watermark, as the service puts it in.

    Args:
        piece_s: seconds of the pieces that come one by one; None: all at once.
    """
    watermarker = Watermarker(perth.perth_network(), perth.SAMPLE_RATE, clip.sample_rate)
    step = len(clip.samples) if piece_s is None else round(piece_s * clip.sample_rate)
    pieces = [watermarker.write(clip.samples[at : at + step]) for at in range(0, len(clip.samples), step)]
    return AudioClip(np.concatenate([*pieces, watermarker.finish()]), clip.sample_rate)


@dataclass(frozen=True, slots=True)
class Survival:
    """Marks that were there, and were found at the end of a way.

    Attributes:
        metadata: files whose tags still say it.
        signature: what C2PA says of them, of each other answer; empty where the format is not signed.
        heard: confidence of the watermark, of each file.
        unmarked: the same of files that carry none.
    """

    way: Way
    metadata: int
    signature: str
    heard: list[float]
    unmarked: list[float]


def survival(clips: Sequence[AudioClip], signer: CredentialSigner | None) -> Iterator[Survival]:
    """What each way leaves of the marks."""
    statement = Statement(DigitalSource.TRAINED, "kokoro", "kokoro-v1.0", today())
    for way in WAYS:
        heard, unmarked, metadata, signature = [], [], 0, ""
        for clip in clips:
            data = encode_whole(marked(clip), way.sent, tags=statement.tags)
            gone = way.of(data)
            with _file(gone) as file:
                metadata += read_statement(read_tags(file)) is not None
            heard.append(confidence(gone))
            unmarked.append(confidence(way.of(encode_whole(clip, way.sent))))
            if signer is not None and way.sent in SIGNED_FORMATS and not signature:
                with _file(way.of(signer.sign(data, way.sent, statement))) as file:
                    signature = read_credentials(file).state
        yield Survival(way, metadata, signature, heard, unmarked)


def confidence(data: bytes) -> float:
    """Confidence that a file carries the watermark, as the route has it."""
    with _file(data) as file, open_audio(file, _LIMITS, sample_rate=perth.SAMPLE_RATE) as sound:
        return watermark_confidence(sound.read(_LIMITS.max_seconds)) or 0.0


def difference_db(clip: AudioClip, other: AudioClip) -> float:
    """Level of a clip over the level of what another one differs by, in dB."""
    change = np.sum(np.square(other.samples - clip.samples), dtype=np.float64)
    return 10 * math.log10(float(np.sum(np.square(clip.samples), dtype=np.float64)) / float(change))


@dataclass(frozen=True, slots=True)
class Alarms:
    """Confidence in what carries no mark.

    Attributes:
        files: of each file: its window that is surest.
        longest: name and confidence of the surest ones.
    """

    files: list[float]
    surest: list[tuple[str, float]]

    @property
    def false(self) -> int:
        """Files that would be taken for marked ones."""
        return sum(one >= HEARD_FROM for one in self.files)


def alarms(corpus: Path, wanted: Callable[[dict[str, object]], bool]) -> Alarms:
    """Confidence in recordings of people, of rooms and of noises, by what the corpus' manifest says of them."""
    found: list[tuple[str, float]] = []
    for entry in filter(wanted, entries(corpus)):
        found.append((str(entry["path"]), confidence((corpus / entry["path"]).read_bytes())))
    return Alarms([one for _, one in found], sorted(found, key=lambda pair: -pair[1])[:5])


def by_length(clips: Sequence[AudioClip]) -> Iterator[tuple[float, list[float]]]:
    """Seconds, and the confidence in each piece of that length that is louder than silence."""
    network = perth.perth_network()
    for seconds in LENGTHS_S:
        heard = []
        for clip in clips:
            samples: Samples = soxr.resample(clip.samples, clip.sample_rate, perth.SAMPLE_RATE).astype(np.float32)
            size = round(seconds * perth.SAMPLE_RATE)
            pieces = (samples[at : at + size] for at in range(0, len(samples) - size + 1, size))
            heard += [network.heard(piece) for piece in pieces if np.abs(piece).max() > 0.01]
        yield seconds, heard


def cost(clip: AudioClip, piece_s: float | None) -> float:
    """Seconds that marking takes for a second of sound."""
    began = time.process_time()
    marked(clip, piece_s)
    return (time.process_time() - began) / clip.duration


def _file(data: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    file.write(data)
    file.flush()
    return file
