"""What speech costs on top of the engine, and when its first sound leaves."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import httpx

from benchmarks.bench import Bench
from benchmarks.clients import PATIENCE_S, in_background
from benchmarks.figures import Findings, ratio
from benchmarks.material import tiny_xtts, write_wav
from tests.live_server import Server, serve_tts
from voice_stack.core.settings import load_settings
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.service import speech_models
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.types import Utterance, VoiceReference
from voice_stack.tts.voices.library import VoiceLibrary

_SENTENCE = "The quick brown fox jumps over the lazy dog."
_TWENTY = " ".join([_SENTENCE] * 20)


# 3 s of sound, as long as the sentence would take. Its random weights never end by themselves.
_TOKENS_A_SENTENCE = 64


def speech(bench: Bench, findings: Findings) -> None:
    """What the service adds to the engine, for one that costs next to nothing and for one that costs much."""
    service_over_engine("espeak", {}, bench, findings)
    settings = _xtts_settings(bench.folder / "speech")
    service_over_engine("coqui", settings, bench, findings)
    cached_voice(settings, bench, findings)


def speech_beside_book(bench: Bench, findings: Findings) -> None:
    """First byte of a sentence alone and while a book is read aloud.

    The engine is XTTS with a vocoder of the real size: espeak-ng would have read the book before anybody asks.
    """
    settings = {
        **_xtts_settings(bench.folder / "book"),
        "TTS_ENGINE": "coqui",
        "TTS_FALLBACK_ENGINES": "",
        "TTS_MAX_INPUT_CHARS": "1000000",
    }
    book = bench.folder / "book.txt"
    book.write_text(" ".join([_SENTENCE] * 1000))
    with serve_tts(settings) as server:
        served(server, _SENTENCE, "voice")
        alone = [first_byte(server, _SENTENCE, "voice") for _ in range(bench.repetitions)]
        with in_background("book", server.v1, str(book)) as reading:
            time.sleep(3)
            beside = [served(server, _SENTENCE, "voice")[0] for _ in range(bench.repetitions)]
            if reading.poll() is not None:
                raise RuntimeError("the book had been read before the last sentence was")
    what = "first audio byte of a sentence beside a book over alone"
    findings.figures.append(ratio(what, beside, alone, unit="ms"))


def _xtts_settings(folder: Path) -> Mapping[str, str]:
    """An XTTS and a recording for it, as the service's settings.

    Args:
        folder: for the recording and what is computed of it.
    """
    voices = folder / "voices"
    voices.mkdir(parents=True)
    write_wav(voices / "voice.wav", 10.0)
    return {
        "TTS_COQUI_MODEL": str(tiny_xtts(_TOKENS_A_SENTENCE)),
        "COQUI_TOS_AGREED": "1",
        "TTS_VOICES_DIR": str(voices),
        "DATA_DIR": str(folder / "data"),
    }


def service_over_engine(name: str, settings: Mapping[str, str], bench: Bench, findings: Findings) -> None:
    """First bytes and the whole of one sentence through the service, over the engine called directly; in turns.

    Args:
        settings: of the service, and so of the engine; both speak with the same voice: a recording where
            TTS_VOICES_DIR names a folder with `voice.wav`, else the engine's first.
    """
    models = speech_models(load_settings(TtsSettings, **{key.lower(): value for key, value in settings.items()}))
    config = models.config(name)
    direct = cast(TTSEngine, models.spec(name).build(config))
    folder = settings.get("TTS_VOICES_DIR")
    voice: str | VoiceReference = VoiceLibrary(Path(folder)).resolve("voice") if folder else direct.voices(config)[0].id
    spoken = voice if isinstance(voice, str) else voice.id
    try:
        with serve_tts({"TTS_ENGINE": name, "TTS_FALLBACK_ENGINES": "", **settings}) as server:
            served(server, _SENTENCE, spoken)
            _spoken(direct, _SENTENCE, voice)
            pairs = [
                (served(server, _SENTENCE, spoken), _spoken(direct, _SENTENCE, voice)) for _ in range(bench.repetitions)
            ]
            long = [
                (first_byte(server, _TWENTY, spoken), first_byte(server, _SENTENCE, spoken))
                for _ in range(bench.repetitions)
            ]
    finally:
        direct.close()
    # What an engine that samples says differs in length from call to call: seconds of work for a second of sound.
    findings.figures += [
        ratio(
            f"{name}: first audio byte over the engine's first chunk",
            [served[0] for served, _ in pairs],
            [raw[0] for _, raw in pairs],
            unit="ms",
        ),
        ratio(
            f"{name}: total over raw engine time, for a second of sound",
            [served[1] / served[2] for served, _ in pairs],
            [raw[1] / raw[2] for _, raw in pairs],
            unit="ms",
        ),
        ratio(
            f"{name}: first byte of 20 sentences over that of 1",
            [twenty for twenty, _ in long],
            [one for _, one in long],
            unit="ms",
        ),
    ]


def cached_voice(settings: Mapping[str, str], bench: Bench, findings: Findings) -> None:
    """First byte of a second request with a recorded voice over that of the first, which computes its latents.

    Args:
        settings: of the service, with an engine that clones.
    """
    pairs: list[tuple[float, float]] = []
    voices = Path(settings["TTS_VOICES_DIR"])
    # Each repetition has another recording: nothing of it is known yet.
    for number in range(bench.repetitions):
        write_wav(voices / f"new{number}.wav", 10.1 + 0.1 * number)
    with serve_tts({"TTS_ENGINE": "coqui", "TTS_FALLBACK_ENGINES": "", **settings}) as server:
        served(server, _SENTENCE, "voice")
        for number in range(bench.repetitions):
            first = first_byte(server, _SENTENCE, f"new{number}")
            pairs.append((first_byte(server, _SENTENCE, f"new{number}"), first))
    what = "coqui: second request with a recorded voice over the first, first byte"
    findings.figures.append(ratio(what, [again for again, _ in pairs], [first for _, first in pairs], unit="ms"))


def served(server: Server, text: str, voice: str = "alloy") -> tuple[float, float, float]:
    """Seconds to the first byte and to the last, and seconds of sound."""
    started = time.perf_counter()
    first, size = 0.0, 0
    with _stream(server, text, voice) as pieces:
        for piece in pieces:
            first = first or time.perf_counter() - started
            size += len(piece)
    return first, time.perf_counter() - started, size / 2 / 24_000


def first_byte(server: Server, text: str, voice: str) -> float:
    """Seconds to the first byte, of a client that leaves then; the engine is free again afterwards."""
    started = time.perf_counter()
    with _stream(server, text, voice) as pieces:
        next(pieces)
        first = time.perf_counter() - started
    while httpx.get(f"{server.url}/health").json()["running"]:
        time.sleep(0.02)
    return first


@contextlib.contextmanager
def _stream(server: Server, text: str, voice: str) -> Iterator[Iterator[bytes]]:
    body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "pcm", "language": "en"}
    with httpx.stream("POST", f"{server.v1}/audio/speech", json=body, timeout=PATIENCE_S) as response:
        if response.status_code != 200:
            raise RuntimeError(response.read().decode())
        yield response.iter_bytes()


def _spoken(engine: TTSEngine, text: str, voice: str | VoiceReference) -> tuple[float, float, float]:
    """The same of the engine alone."""
    started = time.perf_counter()
    first, sound = 0.0, 0.0
    for clip in engine.synthesize(Utterance((Pronounced(text),), "en", voice), threading.Event()):
        first = first or time.perf_counter() - started
        sound += clip.duration
    return first, time.perf_counter() - started, sound
