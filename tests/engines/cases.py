"""How each engine is built for the conformance suite, and what it is given. An engine without a case fails there.

A package with an engine of its own names its cases by entry points of the group `voice_stack.conformance`, which are
called as the engine is (`tests/strangers/cases.py`).
"""

import functools
import math
import wave
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.engines.subject import (
    RATE,
    DiarizationCase,
    EmbeddingCase,
    EngineCase,
    RecognitionCase,
    SpeechCase,
    Workshop,
    joined,
    silence,
)
from tests.tiny_whisper.audio import resample
from tests.tiny_whisper.exact import EXACT, render
from tests.tiny_whisper.speak import speak
from tests.two_voices import two_voices
from voice_stack.asr.engines.faster_whisper import FasterWhisperOptions
from voice_stack.asr.engines.moonshine.options import MoonshineOptions
from voice_stack.asr.engines.onnx.options import OnnxOptions
from voice_stack.asr.engines.remote import RemoteRecognitionOptions
from voice_stack.asr.engines.sherpa.options import SherpaOptions
from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.speaker.diarization.settings import ClusteringOptions
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.chatterbox.options import ChatterboxOptions
from voice_stack.tts.engines.coqui.options import CoquiOptions
from voice_stack.tts.engines.kokoro.options import KokoroOptions
from voice_stack.tts.engines.piper.options import PiperOptions
from voice_stack.tts.engines.pocket.options import PocketOptions
from voice_stack.tts.engines.remote import RemoteSpeechOptions
from voice_stack.tts.engines.supertonic.options import SupertonicOptions

HELLO: Final = Path(__file__).parent.parent / "fixtures" / "hello.wav"
CASES_GROUP: Final = "voice_stack.conformance"
DIGITS: Final = "en-sentence-3"
GREETING: Final = "good morning everybody"
PANGRAM: Final = "the quick brown fox jumps over the lazy dog"
# Greedy decoding: the tiny model's clips are exact with it, and openai-whisper takes seconds otherwise.
GREEDY: Final[dict[str, Any]] = {"beam_size": 1, "best_of": 1, "temperature": (0.0,)}


@functools.cache
def digits() -> AudioClip:
    """Digits that every Whisper hears exactly."""
    return AudioClip(render(EXACT[DIGITS]).samples, RATE)


def two_windows() -> AudioClip:
    """More than Whisper's 30 s, with digits in the first and in the last of them."""
    return joined(digits(), silence(28.6), digits(), silence(1.0))


@functools.cache
def greeting() -> AudioClip:
    """A few words by espeak-ng."""
    samples, rate = speak(GREETING, rate_wpm=160)
    return joined(silence(0.3), AudioClip(resample(samples, rate), RATE), silence(0.3))


@functools.cache
def hello() -> AudioClip:
    """The recording of the README."""
    with HELLO.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=60, timeout_s=60)) as sound:
        return sound.read(60.0)


def on_cpu(
    options: Callable[[], EngineOptions], fixture: str = "", inside: str = "", workers: int = 1
) -> Callable[[Workshop], EngineConfig[Any]]:
    """The configuration of an engine on one thread of the CPU.

    Args:
        fixture: whose value is the path of its model; empty for none.
        inside: name of the model in that folder.
    """

    def configure(workshop: Workshop) -> EngineConfig[Any]:
        model = str(workshop.fixture(fixture) / inside) if fixture else ""
        models, cache = workshop.folder / "models", workshop.folder / "cache"
        return EngineConfig(options(), model, "cpu", threads=1, workers=workers, model_dir=models, cache_dir=cache)

    return configure


def by(options: Callable[[str], EngineOptions], upstream: str) -> Callable[[Workshop], EngineConfig[Any]]:
    """The configuration of an engine that asks another server.

    Args:
        options: made of its base URL.
        upstream: the fixture whose value is that server.
    """
    return lambda workshop: EngineConfig(options(workshop.fixture(upstream).v1))


def onnx_words(sentences: int) -> Callable[[], AudioClip]:
    """Sentences that the tiny models of onnx-asr hear, in sound made for them."""

    def spoken() -> AudioClip:
        from tests.tiny_onnx.sound import say

        return say((("hello", "world."), ("good", "morning,", "hello", "world")) * (sentences // 2))[0]

    return spoken


def onnx(variant: str, **fields: Any) -> RecognitionCase:
    """A case for a tiny model of onnx-asr."""
    options = functools.partial(OnnxOptions, languages=["en"])
    usual: dict[str, Any] = {
        "config": on_cpu(options, "tiny_onnx", variant, workers=2),
        "clip": onnx_words(2),
        "text": "hello world. good morning, hello world",
        "long": onnx_words(10),
        "packages": ("onnx_asr", "onnxruntime"),
        "weights": "**/*.onnx",
    }
    return RecognitionCase(**{"variant": variant, **usual, **fields})


def whisper(**fields: Any) -> RecognitionCase:
    """A case for the tiny Whisper, in whatever runs it."""
    return RecognitionCase(**{"clip": digits, "text": EXACT[DIGITS].text, "long": two_windows, **fields})


RECOGNITION: Final[dict[str, Sequence[RecognitionCase]]] = {
    "faster-whisper": [
        whisper(
            config=on_cpu(lambda: FasterWhisperOptions(**GREEDY), "tiny_ct2", workers=2),
            packages=("faster_whisper", "ctranslate2"),
            weights="model.bin",
        )
    ],
    "whisper": [
        whisper(
            config=on_cpu(lambda: WhisperOptions(**GREEDY), "tiny_pt"), packages=("whisper", "torch"), weights="*.pt"
        )
    ],
    "onnx": [
        onnx("tdt"),
        onnx(
            "whisper",
            config=on_cpu(OnnxOptions, "tiny_onnx_whisper", workers=2),
            clip=digits,
            text=EXACT[DIGITS].text,
            long=two_windows,
        ),
    ],
    "remote": [whisper(config=by(lambda url: RemoteRecognitionOptions(url=url), "upstream_recognition"))],
    "moonshine": [
        RecognitionCase(
            config=on_cpu(MoonshineOptions, workers=2),
            packages=("moonshine_voice", "onnxruntime"),
            clip=hello,
            text="The man was walking along the road.",
            most_wrong=0.15,
            long=lambda: joined(hello(), silence(17.0), hello(), silence(0.5)),
        )
    ],
    "sherpa": [
        RecognitionCase(
            config=on_cpu(functools.partial(SherpaOptions, languages=["en"]), "tiny_streaming", workers=2),
            packages=("sherpa_onnx", "onnxruntime"),
            weights="*.onnx",
            clip=onnx_words(2),
            text="hello world. good morning, hello world",
            long=onnx_words(8),
        )
    ],
    "pocketsphinx": [
        RecognitionCase(
            config=on_cpu(EngineOptions, workers=2),
            packages=("pocketsphinx",),
            is_costly=True,
            clip=greeting,
            text=GREETING,
            most_wrong=0.5,
            long=lambda: joined(greeting(), silence(7.0), greeting(), silence(0.5)),
        )
    ],
}
SPEECH: Final[dict[str, Sequence[SpeechCase]]] = {
    "coqui": [
        SpeechCase(
            is_costly=True,
            config=on_cpu(lambda: CoquiOptions(licence_accepted=True), "brief_xtts"),
            packages=("TTS", "torch", "torchaudio"),
            weights="model.pth",
            mute=(),  # a generator of random weights says something to everything
        ),
        SpeechCase(
            variant="batch",
            is_costly=True,
            config=on_cpu(lambda: CoquiOptions(licence_accepted=True, batch=3), "brief_xtts"),
            packages=("TTS", "torch", "torchaudio"),
            weights="model.pth",
            mute=(),
        ),
    ],
    "kokoro": [
        SpeechCase(
            config=on_cpu(KokoroOptions, "tiny_kokoro", workers=2),
            packages=("kokoro_onnx",),
            weights="onnx/*.onnx",
            long=(Pronounced("x", "abdefhi " * 200),),
        )
    ],
    "pocket": [
        SpeechCase(
            config=on_cpu(PocketOptions, "tiny_pocket"), packages=("pocket_tts", "torch"), weights="model.safetensors"
        )
    ],
    "piper": [SpeechCase(config=on_cpu(PiperOptions, "tiny_piper", workers=2), packages=("piper",), weights="*.onnx")],
    "supertonic": [
        SpeechCase(
            config=on_cpu(SupertonicOptions, "tiny_supertonic", workers=2),
            packages=("sherpa_onnx",),
            weights="onnx/*.onnx",
            long=(Pronounced("Hello there. You are here. " * 20),),
        )
    ],
    "chatterbox": [
        SpeechCase(
            variant="double",
            config=on_cpu(ChatterboxOptions, "chatterbox_double"),
            packages=("chatterbox", "torch"),
            weights="s3gen.pt",
            long=(Pronounced("Hello there. You are here. " * 20),),
        )
    ],
    "espeak": [
        SpeechCase(
            config=on_cpu(EngineOptions, workers=2),
            packages=("espeakng_loader",),
            text=f"{PANGRAM}. This sentence is here, to measure how long it takes.",
            long=(Pronounced(f"{PANGRAM}. " * 40),),
        )
    ],
    "remote": [
        # An upstream refuses a text of nothing.
        SpeechCase(config=by(lambda url: RemoteSpeechOptions(url=url), "upstream_speech"), mute=())
    ],
    "tone": [SpeechCase(config=on_cpu(EngineOptions), mute=("",))],  # a space is a tone
}


EMBEDDING: Final[dict[str, Sequence[EmbeddingCase]]] = {
    "campplus": [
        EmbeddingCase(
            config=on_cpu(EngineOptions, "tiny_campplus", workers=2),
            packages=("onnxruntime",),
            weights="*.onnx",
            clip=hello,
            long=lambda: joined(*[hello()] * math.ceil(40 / hello().duration)),
        )
    ],
    "ecapa": [
        EmbeddingCase(
            config=on_cpu(EngineOptions, "tiny_ecapa", workers=2),
            packages=("torch",),
            weights="*.ckpt",
            clip=hello,
            long=lambda: joined(*[hello()] * math.ceil(40 / hello().duration)),
        )
    ],
    "redimnet": [
        EmbeddingCase(
            config=on_cpu(EngineOptions, "tiny_redimnet", workers=2),
            packages=("onnxruntime",),
            weights="*.onnx",
            clip=hello,
            long=lambda: joined(*[hello()] * math.ceil(40 / hello().duration)),
        )
    ],
    "wespeaker": [
        EmbeddingCase(
            config=lambda shop: EngineConfig(EngineOptions(), device="cpu", workers=2),
            variant="embedded",
            packages=("onnxruntime", "moonshine_voice"),
            clip=hello,
            long=lambda: joined(*[hello()] * math.ceil(40 / hello().duration)),
        ),
    ],
}


DIARIZATION: Final[dict[str, Sequence[DiarizationCase]]] = {
    "clustering": [
        DiarizationCase(
            config=lambda shop: EngineConfig(ClusteringOptions(), device="cpu", workers=2),
            variant="embedded",
            packages=("onnxruntime",),
            clip=two_voices,
        )
    ],
}
# Neither its package nor its model was to be had where the suite was written: nobody has seen it work.
NOT_RUN: Final = frozenset({"pyannote"})


def cases_of(spec: EngineSpec) -> list[EngineCase]:
    """The cases of an engine; none where nobody has written one."""
    ours: dict[Kind, dict[str, Sequence[EngineCase]]] = {
        Kind.RECOGNITION: {**RECOGNITION},
        Kind.SPEECH: {**SPEECH},
        Kind.EMBEDDING: {**EMBEDDING},
        Kind.DIARIZATION: {**DIARIZATION},
    }
    theirs: list[EngineCase] = [point.load() for point in metadata.entry_points(group=CASES_GROUP, name=spec.name)]
    kinds: dict[Kind, type[EngineCase]] = {
        Kind.RECOGNITION: RecognitionCase,
        Kind.SPEECH: SpeechCase,
        Kind.EMBEDDING: EmbeddingCase,
        Kind.DIARIZATION: DiarizationCase,
    }
    kind = kinds[spec.kind]
    return [*ours[spec.kind].get(spec.name, ()), *(case for case in theirs if isinstance(case, kind))]


def recording(path: Path, seconds: float = 3.0) -> Path:
    """A WAV file with a voice's hum, 22,050 Hz, for engines that clone."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        hum = np.sin(np.arange(round(22_050 * seconds)) * 0.05) * 9000
        file.writeframes(hum.astype("<i2").tobytes())
    return path
