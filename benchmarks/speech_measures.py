"""What speech costs on top of the engine, and when its first sound leaves."""

import statistics
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.material import tiny_xtts, write_wav
from benchmarks.measures import Figure
from tests.live_server import Server, serve_tts
from voice_stack.core.settings import load_settings
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.engines.factory import build_engine, engine_config
from voice_stack.tts.settings import EngineName, TtsSettings
from voice_stack.tts.types import Pronounced, Utterance, VoiceReference
from voice_stack.tts.voices.library import VoiceLibrary

_SENTENCE = "The quick brown fox jumps over the lazy dog."
_TWENTY = " ".join([_SENTENCE] * 20)


def xtts_settings(folder: Path) -> Mapping[str, str]:
    """The tiny XTTS and a recording for it, as the service's settings.

    Args:
        folder: for the recording and what is computed of it.
    """
    voices = folder / "voices"
    voices.mkdir()
    write_wav(voices / "voice.wav", 10.0)
    return {
        "TTS_COQUI_MODEL": str(tiny_xtts()),
        "COQUI_TOS_AGREED": "1",
        "TTS_VOICES_DIR": str(voices),
        "DATA_DIR": str(folder / "data"),
    }


def service_over_engine(name: EngineName, settings: Mapping[str, str], repetitions: int) -> list[Figure]:
    """First bytes and the whole of one sentence through the service, over the engine called directly; in turns.

    Args:
        settings: of the service, and so of the engine; both speak with the same voice: a recording where
            TTS_VOICES_DIR names a folder with `voice.wav`, else the engine's first.
    """
    config = engine_config(load_settings(TtsSettings, **{key.lower(): value for key, value in settings.items()}), name)
    direct = build_engine(name, config)
    folder = settings.get("TTS_VOICES_DIR")
    voice: str | VoiceReference = VoiceLibrary(Path(folder)).resolve("voice") if folder else direct.voices(config)[0].id
    spoken = voice if isinstance(voice, str) else voice.id
    try:
        with serve_tts({"TTS_ENGINE": name.value, "TTS_FALLBACK_ENGINES": "", **settings}) as server:
            _served(server, _SENTENCE, spoken)
            _spoken(direct, _SENTENCE, voice)
            pairs = [
                (_served(server, _SENTENCE, spoken), _spoken(direct, _SENTENCE, voice)) for _ in range(repetitions)
            ]
            long = [
                (_served(server, _TWENTY, spoken)[0], _served(server, _SENTENCE, spoken)[0]) for _ in range(repetitions)
            ]
    finally:
        direct.close()
    firsts = [served[0] / raw[0] for served, raw in pairs]
    # What an engine that samples says differs in length from call to call: seconds of work for a second of sound.
    totals = [(served[1] / served[2]) / (raw[1] / raw[2]) for served, raw in pairs]
    return [
        Figure(
            f"{name}: first audio byte over the engine's first chunk",
            firsts,
            detail=_against([served[0] for served, _ in pairs], [raw[0] for _, raw in pairs]),
        ),
        Figure(
            f"{name}: total over raw engine time, for a second of sound",
            totals,
            detail=_against([served[1] for served, _ in pairs], [raw[1] for _, raw in pairs]),
        ),
        Figure(
            f"{name}: first byte of 20 sentences over that of 1",
            [a / b for a, b in long],
            detail=_against([a for a, _ in long], [b for _, b in long]),
        ),
    ]


def cached_voice(settings: Mapping[str, str], repetitions: int) -> Figure:
    """First byte of a second request with a recorded voice over that of the first, which computes its latents.

    Args:
        settings: of the service, with an engine that clones.
    """
    pairs: list[tuple[float, float]] = []
    voices = Path(settings["TTS_VOICES_DIR"])
    # Each repetition has another recording: nothing of it is known yet.
    for number in range(repetitions):
        write_wav(voices / f"new{number}.wav", 10.1 + 0.1 * number)
    with serve_tts({"TTS_ENGINE": EngineName.COQUI.value, "TTS_FALLBACK_ENGINES": "", **settings}) as server:
        _served(server, _SENTENCE, "voice")
        for number in range(repetitions):
            first = _served(server, _SENTENCE, f"new{number}")[0]
            pairs.append((_served(server, _SENTENCE, f"new{number}")[0], first))
    return Figure(
        "coqui: second request with a recorded voice over the first, first byte",
        [a / b for a, b in pairs],
        detail=_against([a for a, _ in pairs], [b for _, b in pairs]),
    )


def _served(server: Server, text: str, voice: str = "alloy") -> tuple[float, float, float]:
    """Seconds to the first byte and to the last, and seconds of sound."""
    body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "pcm", "language": "en"}
    started = time.perf_counter()
    first, size = 0.0, 0
    with httpx.stream("POST", f"{server.v1}/audio/speech", json=body, timeout=600) as response:
        if response.status_code != 200:
            raise RuntimeError(response.read().decode())
        for piece in response.iter_bytes():
            first = first or time.perf_counter() - started
            size += len(piece)
    return first, time.perf_counter() - started, size / 2 / 24_000


def _spoken(engine: TTSEngine, text: str, voice: str | VoiceReference) -> tuple[float, float, float]:
    """The same of the engine alone."""
    started = time.perf_counter()
    first, sound = 0.0, 0.0
    for clip in engine.synthesize(Utterance((Pronounced(text),), "en", voice), threading.Event()):
        first = first or time.perf_counter() - started
        sound += clip.duration
    return first, time.perf_counter() - started, sound


def _against(ours: list[float], theirs: list[float]) -> str:
    return f"{statistics.median(ours) * 1000:.0f} ms against {statistics.median(theirs) * 1000:.0f} ms"
