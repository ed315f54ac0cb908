"""Known words on the cross-attention of openai-whisper. Imports whisper and torch."""

from collections.abc import Sequence
from typing import Any

import torch
import whisper
from whisper.timing import find_alignment
from whisper.tokenizer import get_tokenizer

from voice_stack.asr.engines.whisper_alignment import MOST_TOKENS, timed_words, word_tokens
from voice_stack.asr.types import Word
from voice_stack.audio.clip import AudioClip

_FRAMES = 3000
_FRAMES_A_SECOND = 100


def align(model: Any, clip: AudioClip, words: Sequence[str], language: str) -> list[Word] | None:
    """Times of the words of a clip of at most 30 s; None where they are more than the model takes, or not as many as
    it times."""
    tokenizer = get_tokenizer(
        model.is_multilingual, num_languages=model.num_languages, language=language, task="transcribe"
    )
    tokens = word_tokens(words, tokenizer.encode, language)
    flat = [token for word in tokens for token in word]
    if len(flat) > MOST_TOKENS:
        return None
    mel = whisper.log_mel_spectrogram(torch.from_numpy(clip.samples.copy()), model.dims.n_mels)
    frames = min(_FRAMES, round(clip.duration * _FRAMES_A_SECOND))
    window = whisper.pad_or_trim(mel, _FRAMES).to(model.device)
    found = find_alignment(model, tokenizer, flat, window, frames)
    begins: list[float] = []
    probabilities: list[float] = []
    for timing in found:
        # Its words are cut at blanks and signs: each of their tokens begins with them, which is enough for ours.
        begins += [float(timing.start)] * len(timing.tokens)
        probabilities += [float(timing.probability)] * len(timing.tokens)
    if len(begins) != len(flat):
        return None
    begins.append(float(found[-1].end) if found else clip.duration)
    return timed_words(words, [len(word) for word in tokens], begins, probabilities, clip)
