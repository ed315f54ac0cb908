"""A trial of computing several utterances of XTTS together, before anybody relies on it.

Imports torch.
"""

import logging
from typing import Any, Final

import torch

from voice_stack.tts.engines.coqui.batch import GptBatch
from voice_stack.tts.engines.coqui.options import CoquiOptions, batch_size

logger = logging.getLogger("voice_stack.tts")

# Positions of the rows that are tried.
_LENGTHS: Final = (40, 9)
_TOKENS: Final = 3
# Most that a latent may be off, of the greatest: rounding is far below, a row that hears its padding far beyond.
_TOLERANCE: Final = 0.003


def open_batch(gpt: Any, options: CoquiOptions, device: str) -> GptBatch | None:
    """The batch that the settings ask for; None, with a warning, where rows of one come out otherwise than alone.

    Args:
        gpt: the `gpt` of a loaded `Xtts`.
        device: where it is.
    """
    try:
        error = _greatest_error(gpt, options, device)
    except Exception as failure:  # whatever torch and transformers raise
        logger.warning("XTTS speaks one utterance at a time: several together fail", exc_info=failure)
        return None
    if not error <= _TOLERANCE:  # it may be no number
        logger.warning("XTTS speaks one utterance at a time: several together come out otherwise (by %.2g)", error)
        return None
    return GptBatch(gpt, options, size=batch_size(options, device))


def _greatest_error(gpt: Any, options: CoquiOptions, device: str) -> float:
    """Distance of latents of a batch from those of coqui-tts's own model for one utterance, of the greatest latent."""
    random = torch.Generator().manual_seed(0)
    scale = float(gpt.text_embedding.weight.std())
    prefixes = [(torch.randn(length, gpt.model_dim, generator=random) * scale).to(device) for length in _LENGTHS]
    likeliest = options.model_copy(update={"top_k": 1})  # the same tokens at each start
    found = GptBatch(gpt, likeliest, size=len(prefixes)).compute(prefixes, _TOKENS)
    return max(_error(gpt, prefix, pairs) for prefix, pairs in zip(prefixes, found, strict=True))


def _error(gpt: Any, prefix: torch.Tensor, pairs: list[tuple[int, torch.Tensor]]) -> float:
    said = [token for token, _ in pairs[:-1]]
    alone = gpt.gpt_inference
    with torch.inference_mode():
        alone.store_prefix_emb(prefix[None])
        ids = torch.tensor([[1] * len(prefix) + [gpt.start_audio_token, *said]], device=prefix.device)
        told = alone(input_ids=ids, output_hidden_states=True, return_dict=True)
        expected = gpt.final_norm(told.hidden_states[-1][0, -len(pairs) :])
        off = (torch.cat([latent for _, latent in pairs]) - expected).abs().max() / expected.abs().max()
    return float(off)
