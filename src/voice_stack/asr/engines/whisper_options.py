"""Settings that Whisper's engines share."""

import math
from typing import Annotated

from pydantic import field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from voice_stack.asr.engines.base import ContextOptions
from voice_stack.core.settings import CommaList, setting, split_commas
from voice_stack.serving.engine import EngineOptions


class WhisperOptions(ContextOptions, EngineOptions):
    """Whisper's decoding; names and meaning are the engines' own."""

    model_config = SettingsConfigDict(env_prefix="ASR_")

    beam_size: int = setting(5, ge=1, le=32, description="Beam size at temperature 0.")
    best_of: int = setting(5, ge=1, le=32, description="Candidates when sampling at a temperature above 0.")
    patience: float = setting(1.0, gt=0, description="Beam search patience factor.")
    length_penalty: float = setting(1.0, description="Exponential length penalty of the beam search.")
    repetition_penalty: float = setting(1.0, ge=1.0, description="Above 1: penalise tokens that were produced already.")
    no_repeat_ngram_size: int = setting(0, ge=0, description="Forbid repeats of n-grams of this size. 0: off.")
    temperature: Annotated[tuple[float, ...], NoDecode] = setting(
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        description="Temperature ladder, comma-separated, 0 to 1: the next one is tried when the decoding looks wrong.",
    )
    compression_ratio_threshold: float = setting(
        2.4, ge=0, description="Text that compresses better than this counts as a repetition loop. 0: off."
    )
    log_prob_threshold: float = setting(
        -1.0, le=0, description="Decoding with a lower mean log-probability counts as failed. -inf: off."
    )
    no_speech_threshold: float = setting(
        0.6,
        ge=0,
        le=1,
        description="A window whose no-speech probability is higher, and whose decoding failed, is silent.",
    )
    hallucination_silence_threshold: float = setting(
        0.0,
        ge=0,
        description="With word times: skip silences longer than this many seconds around a suspected "
        "hallucination. 0: off.",
    )
    hotwords: CommaList = setting([], description="Words to favour in every request, comma-separated.")

    @field_validator("temperature", mode="before")
    @classmethod
    def _split_ladder(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("temperature", mode="after")
    @classmethod
    def _ladder(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or not all(0 <= step <= 1 for step in value):
            raise ValueError("must be one or more numbers from 0 to 1")
        return value

    @property
    def compression_ratio_limit(self) -> float | None:
        """The threshold as the engines take it; None: off."""
        return self.compression_ratio_threshold or None

    @property
    def log_prob_limit(self) -> float | None:
        """The threshold as the engines take it; None: off."""
        return None if math.isinf(self.log_prob_threshold) else self.log_prob_threshold

    @property
    def silence_limit(self) -> float | None:
        """Seconds around a suspected hallucination, as the engines take them; None: off."""
        return self.hallucination_silence_threshold or None
