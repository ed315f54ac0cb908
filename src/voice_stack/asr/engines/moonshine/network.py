"""Moonshine's networks on onnxruntime: sound in, tokens out, greedily."""

import math
import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.asr.engines.moonshine.files import ModelFiles
from voice_stack.asr.engines.moonshine.loops import loop_begin
from voice_stack.asr.engines.moonshine.vocabulary import END, START
from voice_stack.audio.clip import Samples
from voice_stack.serving.engine import check_stop

_RATE: Final = 16_000
# What a short word needs beside what its length allows.
_SPARE_TOKENS: Final = 4
_PAST: Final = "past_key_values"
_PRESENT: Final = "present"

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Tokens of a stretch of sound.

    Attributes:
        tokens: without start and end.
        logprobs: of each token, <= 0.
        loops: whether the decoder said the same again and again; of that, the first time is kept.
    """

    tokens: list[int]
    logprobs: list[float]
    loops: bool

    @property
    def mean_logprob(self) -> float:
        """Mean of the log-probabilities; 0 without tokens."""
        return sum(self.logprobs) / len(self.logprobs) if self.logprobs else 0.0


class Network:
    """Encoder and decoder. Safe to call from several threads.

    Args:
        files: of the model.
        options: an `onnxruntime.SessionOptions`.
        tokens_per_s: the most that a second of speech has.

    Raises:
        Exception: onnxruntime's, which have no base of their own, when the files are no networks.
        ValueError: they are not Moonshine's.
    """

    def __init__(self, files: ModelFiles, options: Any, tokens_per_s: float) -> None:
        import onnxruntime

        providers = ["CPUExecutionProvider"]
        self._encoder = onnxruntime.InferenceSession(str(files.encoder), options, providers=providers)
        self._decoder = onnxruntime.InferenceSession(str(files.decoder), options, providers=providers)
        self._tokens_per_s = tokens_per_s
        self._heard = [value.name for value in self._encoder.get_inputs()]
        self._given = {value.name: value for value in self._decoder.get_inputs()}
        self._told = [value.name for value in self._decoder.get_outputs()]
        past = [name for name in self._given if name.startswith(_PAST)]
        lacking = {"input_values"} - set(self._heard) | {"input_ids", "encoder_hidden_states"} - set(self._given)
        if lacking or not past or self._told[0] != "logits":
            raise ValueError("these are no networks of Moonshine's layout (encoder_model, decoder_model_merged)")
        # Heads and their width stand in the shapes: (batch, heads, time, width).
        self._empty = {name: np.zeros(_empty_shape(self._given[name].shape), np.float32) for name in past}

    def decode(self, samples: Samples, stop: threading.Event) -> Decoded:
        """Recognise a stretch of speech, at best below 30 s.

        Args:
            samples: (time,) at 16,000 Hz.

        Raises:
            CancelledWorkError: `stop` was set.
            Exception: onnxruntime's.
        """
        sound = samples[None].astype(np.float32, copy=False)
        mask = np.ones(sound.shape, np.int64)
        offered: dict[str, Array] = {"input_values": sound, "attention_mask": mask}
        hidden = self._encoder.run(None, {name: offered[name] for name in self._heard})[0]
        # The mask has an entry for each sample: the graph thins it to frames itself.
        fixed = {"encoder_hidden_states": hidden, "encoder_attention_mask": mask}
        feeds: dict[str, Array] = {name: value for name, value in fixed.items() if name in self._given} | self._empty
        tokens: list[int] = []
        logprobs: list[float] = []
        token, is_cached = START, False
        for _ in range(self.most_tokens(len(samples))):
            check_stop(stop)
            feeds["input_ids"] = np.array([[token]], np.int64)
            feeds["use_cache_branch"] = np.array([is_cached])
            found = dict(zip(self._told, self._decoder.run(None, self._known(feeds)), strict=True))
            for name in self._empty:
                # What the decoder keeps of the encoder is whole after the first step, and empty in what comes later.
                if not is_cached or ".encoder." not in name:
                    feeds[name] = found[name.replace(_PAST, _PRESENT)]
            is_cached = True
            token, logprob = _likeliest(found["logits"][0, -1])
            if token == END:
                break
            tokens.append(token)
            logprobs.append(logprob)
            begin = loop_begin(tokens)
            if begin is not None:
                return Decoded(tokens[:begin], logprobs[:begin], loops=True)
        return Decoded(tokens, logprobs, loops=False)

    def most_tokens(self, samples: int) -> int:
        """The most tokens that so many samples have."""
        return math.ceil(samples / _RATE * self._tokens_per_s) + _SPARE_TOKENS

    def _known(self, feeds: dict[str, Array]) -> dict[str, Array]:
        return {name: value for name, value in feeds.items() if name in self._given}


def _empty_shape(shape: list[Any]) -> tuple[int, int, int, int]:
    """Shape of nothing kept yet, for an input (batch, heads, time, width) of which heads and width are numbers."""
    if len(shape) != 4 or not isinstance(shape[1], int) or not isinstance(shape[3], int):
        raise ValueError("the decoder does not say how wide its heads are")
    return (1, shape[1], 0, shape[3])


def _likeliest(logits: NDArray[np.float32]) -> tuple[int, float]:
    token = int(logits.argmax())
    best = float(logits[token])
    return token, -math.log(float(np.exp(logits.astype(np.float64) - best).sum()))
