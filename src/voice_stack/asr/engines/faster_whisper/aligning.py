"""Known words on the cross-attention of a CTranslate2 Whisper. Imports faster-whisper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from voice_stack.asr.engines.faster_whisper.windowed import Listener, WindowedWhisperModel
from voice_stack.asr.engines.whisper_alignment import MOST_TOKENS, timed_words, word_tokens
from voice_stack.asr.types import Word
from voice_stack.audio.clip import AudioClip


def align(
    whisper: WindowedWhisperModel, clip: AudioClip, words: Sequence[str], language: str, listener: Listener
) -> list[Word] | None:
    """Times of the words of a clip of at most 30 s; None where they are more than the model takes."""
    tokenizer = Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, task="transcribe", language=language)
    tokens = word_tokens(words, tokenizer.encode, language)
    flat = [token for word in tokens for token in word]
    if len(flat) > MOST_TOKENS:
        return None
    features = whisper.feature_extractor(clip.samples)
    frames = min(features.shape[-1], whisper.feature_extractor.nb_max_frames)
    window = pad_or_trim(features, whisper.feature_extractor.nb_max_frames)
    with whisper.attended(listener):
        encoded = whisper.encode(window)
        result: Any = whisper.model.align(encoded, tokenizer.sot_sequence, [flat], [frames], median_filter_width=7)[0]
    pairs = np.array(result.alignments)
    jumps = np.pad(np.diff(pairs[:, 0]), (1, 0), constant_values=1).astype(bool)
    begins = [*(pairs[jumps, 1] / whisper.tokens_per_second), clip.duration][: len(flat) + 1]
    return timed_words(words, [len(word) for word in tokens], begins, result.text_token_probs, clip)
