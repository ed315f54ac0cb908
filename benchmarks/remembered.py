"""Engines that say a thing once: what they said is used again, so that all formats are judged by the same sound."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.serving.registry import Registry
from voice_stack.serving.spec import Kind
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.engines.espeak import ENGINE as _ESPEAK
from voice_stack.tts.engines.espeak.engine import EspeakEngine
from voice_stack.tts.engines.kokoro import ENGINE as _KOKORO
from voice_stack.tts.engines.kokoro.engine import KokoroEngine
from voice_stack.tts.engines.piper import ENGINE as _PIPER
from voice_stack.tts.engines.piper.engine import PiperEngine
from voice_stack.tts.types import Utterance

_SAID: Final[dict[tuple[str, Utterance], list[AudioClip]]] = {}


def said(engine: str, utterance: Utterance) -> list[AudioClip] | None:
    """What an engine has said for an utterance; None when it was never asked for it."""
    return _SAID.get((engine, utterance))


def forget() -> None:
    """Let the engines say all of it anew."""
    _SAID.clear()


class _Remembering(TTSEngine, abstract=True):
    """Mixed in before an engine."""

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        key = (self.name, utterance)
        if key not in _SAID:
            _SAID[key] = list(super().synthesize(utterance, stop))  # type: ignore[safe-super]  # the engine's
        yield from _SAID[key]


class RememberingKokoro(_Remembering, KokoroEngine):
    """Kokoro."""


class RememberingPiper(_Remembering, PiperEngine):
    """Piper."""


class RememberingEspeak(_Remembering, EspeakEngine):
    """espeak-ng."""


KOKORO: Final = replace(_KOKORO, place=f"{__name__}:RememberingKokoro")
PIPER: Final = replace(_PIPER, place=f"{__name__}:RememberingPiper")
ESPEAK: Final = replace(_ESPEAK, place=f"{__name__}:RememberingEspeak")
REMEMBERING: Final = Registry({Kind.SPEECH: tuple(f"{__name__}:{row}" for row in ("KOKORO", "PIPER", "ESPEAK"))}, None)
"""The engines that need no recording, each of which remembers what it said."""
