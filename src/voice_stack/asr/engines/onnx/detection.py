"""The language of audio, as a Whisper in onnx-asr hears it.

onnx-asr finds the language for itself and does not tell it. So this calls the parts that it is found with; they are
not public, which is why the extra `onnx` bounds the version.
"""

from typing import Any

import numpy as np

from voice_stack.asr.types import LanguageGuess
from voice_stack.audio.clip import Samples


def language_tokens(asr: Any, languages: frozenset[str]) -> dict[str, int]:
    """Ids of the language tokens that a Whisper has, by code."""
    return {code: asr._tokens[f"<|{code}|>"] for code in sorted(languages) if f"<|{code}|>" in asr._tokens}


def guess_languages(asr: Any, samples: Samples, tokens: dict[str, int]) -> list[LanguageGuess]:
    """The languages of a clip, best first, with probabilities that sum up to 1.

    Args:
        asr: onnx-asr's WhisperHf.
        samples: (time,) at 16,000 Hz, at most 30 s.
        tokens: ids of the languages that are considered, by code.
    """
    heard = asr._encode(samples[None], np.array([len(samples)], dtype=np.int64))
    logits, _ = asr._decode(asr._detect_lang_input, asr._create_state(), heard)
    considered = logits[0, -1, list(tokens.values())].astype(np.float64)
    weights = np.exp(considered - considered.max())
    guesses = [LanguageGuess(code, float(share)) for code, share in zip(tokens, weights / weights.sum(), strict=True)]
    return sorted(guesses, key=lambda guess: guess.probability, reverse=True)
