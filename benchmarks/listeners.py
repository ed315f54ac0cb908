"""What speech is judged by: Whisper, which reads it back, and DNSMOS, which has learnt how people rate it.

Both are real models, which `make real` fetches.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.text.normalisation.pipeline import normalise

SAMPLE_RATE: Final = 16_000
"""Hz that both listen at."""

_WINDOW: Final = round(9.01 * SAMPLE_RATE)
_HOP: Final = SAMPLE_RATE
# From the network's numbers to those of people: published with DNSMOS P.835.
_SIGNAL: Final = np.poly1d([-0.08397278, 1.22083953, 0.0052439])
_BACKGROUND: Final = np.poly1d([-0.13166888, 1.60915514, -0.39604546])
_OVERALL: Final = np.poly1d([-0.06766283, 1.11546468, 0.04602535])


@dataclass(frozen=True, slots=True)
class Opinion:
    """Mean opinion scores, 1 (bad) to 5 (excellent): of the speech, of what is behind it, and of both."""

    signal: float
    background: float
    overall: float


class Dnsmos:
    """DNSMOS P.835 (Reddy and others, 2022), on onnxruntime.

    Args:
        folder: of the real model `dnsmos`.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(folder / "sig_bak_ovr.onnx"), options)

    def opinion(self, samples: Samples) -> Opinion:
        """Of a clip at 16 kHz, (time,) float32; one that is shorter than 9 s is heard over and over."""
        heard = np.resize(samples, max(len(samples), _WINDOW)).astype(np.float32)
        starts = range(0, len(heard) - _WINDOW + 1, _HOP)
        raw = np.array(
            [self._session.run(None, {"input_1": heard[None, at : at + _WINDOW]})[0][0] for at in starts], np.float64
        )
        means = (curve(raw[:, column]).mean() for column, curve in enumerate((_SIGNAL, _BACKGROUND, _OVERALL)))
        return Opinion(*(float(mean) for mean in means))


class Reader:
    """Whisper, which writes down what was said.

    Args:
        folder: of the real model `whisper-base`.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def text(self, samples: Samples, language: str = "en") -> str:
        """What it heard in a clip at 16 kHz, (time,) float32."""
        segments, _ = self._model.transcribe(
            samples, language=language, beam_size=5, temperature=0, condition_on_previous_text=False
        )
        return " ".join(segment.text.strip() for segment in segments)


def words(text: str, language: str = "en") -> list[str]:
    """Words of a text as they are compared: numbers spelled out, lower case, no punctuation."""
    spoken = unicodedata.normalize("NFKC", normalise(text, language)).lower().replace("’", "'")
    return re.sub(r"[^\w' ]+", " ", spoken.replace("-", " ")).split()


def errors(said: str, heard: str, language: str = "en") -> tuple[int, int]:
    """Words that were heard wrongly, not at all or too many; and how many were said."""
    import jiwer

    reference, found = words(said, language), words(heard, language)
    if not found:
        return len(reference), len(reference)
    outcome = jiwer.process_words(" ".join(reference), " ".join(found))
    return outcome.substitutions + outcome.deletions + outcome.insertions, len(reference)
