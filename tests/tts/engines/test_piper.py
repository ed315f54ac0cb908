"""Piper with tiny voices in the real format, through the real package: every phoneme is a tone."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_voices.tones import heard
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.piper.engine import SAMPLE_RATE, PiperEngine
from voice_stack.tts.engines.piper.options import PiperOptions
from voice_stack.tts.types import Utterance, VoiceReference

pytest.importorskip("piper")

from tests.tiny_voices.piper import SPEAKER_STEP, TOKEN_SAMPLES, build_voice


@pytest.fixture(scope="module")
def config(tiny_piper: Path) -> EngineConfig[PiperOptions]:
    return EngineConfig(PiperOptions(), model=str(tiny_piper), device="cpu", threads=1)


@pytest.fixture(scope="module")
def engine(config: EngineConfig[PiperOptions]) -> Iterator[PiperEngine]:
    engine = PiperEngine(config)
    yield engine
    engine.close()


def say(
    engine: PiperEngine,
    *parts: Pronounced | str,
    voice: str | VoiceReference = "en_US-alto-medium",
    speed: float = 1.0,
) -> list[AudioClip]:
    pieces = tuple(Pronounced(part) if isinstance(part, str) else part for part in parts)
    return list(engine.synthesize(Utterance(pieces, "en", voice, speed), threading.Event()))


def phonemes(clip: AudioClip, length: int = TOKEN_SAMPLES, shift: int = 0) -> str:
    """What the network was given, heard from its sound: `^` begins, `$` ends, `_` pads."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    names = {ids[0]: symbol for symbol, ids in DEFAULT_PHONEME_ID_MAP.items()}
    return "".join(names[token - shift] for token in heard(clip.samples, SAMPLE_RATE, length))


def padded(text: str) -> str:
    return "^_" + "".join(f"{symbol}_" for symbol in text) + "$"


def peak(clips: list[AudioClip]) -> float:
    return max(float(np.abs(clip.samples).max()) for clip in clips)


def test_phonemes_reach_the_network_in_order(engine: PiperEngine) -> None:
    (clip,) = say(engine, "Hello, you.")
    assert clip.sample_rate == engine.capabilities.sample_rate == 22_050
    assert phonemes(clip) == padded("həlˈoʊ, juː.")


def test_ipa_reaches_the_network(engine: PiperEngine) -> None:
    (clip,) = say(engine, "Say ", Pronounced("tomato", "təˈmɑːtəʊ"), "!")
    assert phonemes(clip) == padded("sˈeɪ təˈmɑːtəʊ!")


def test_sentences_leave_one_by_one(engine: PiperEngine) -> None:
    clips = say(engine, "Hello. You.")
    assert [phonemes(clip) for clip in clips] == [padded("həlˈoʊ."), padded("juː.")]


@pytest.mark.parametrize("speed", [0.7, 0.9, 1.0, 1.25, 1.4])
def test_length_follows_the_speed(engine: PiperEngine, speed: float) -> None:
    length = round(TOKEN_SAMPLES / speed)
    (clip,) = say(engine, "Hello, you.", speed=speed)
    assert len(clip.samples) == len(padded("həlˈoʊ, juː.")) * length
    assert phonemes(clip, length) == padded("həlˈoʊ, juː.")


def test_own_length_scale_of_a_voice_counts(tiny_piper: Path, tmp_path: Path) -> None:
    voice = build_voice(tmp_path, "en_US-slow-medium")
    settings = voice.with_name(voice.name + ".json")
    settings.write_text(settings.read_text().replace('"length_scale": 1.0', '"length_scale": 1.5'))
    engine = PiperEngine(EngineConfig(PiperOptions(), model=str(tmp_path), device="cpu", threads=1))
    (clip,) = say(engine, "Hello.", voice="en_US-slow-medium", speed=1.25)
    assert len(clip.samples) == len(padded("həlˈoʊ.")) * round(TOKEN_SAMPLES * 1.5 / 1.25)


def test_soft_voice_stays_soft(engine: PiperEngine) -> None:
    assert peak(say(engine, "Hello.")) == pytest.approx(0.3, rel=0.01)
    assert peak(say(engine, "Hello.", voice="en_US-soft-medium")) == pytest.approx(0.03, rel=0.01)


@pytest.mark.parametrize(
    ("speaker", "number"), [("", 0), ("#anna", 0), ("#bert", 1), ("#carl", 2), ("#0", 0), ("#1", 1), ("#2", 2)]
)
def test_speaker_is_chosen_by_name_or_number(
    engine: PiperEngine, config: EngineConfig[PiperOptions], speaker: str, number: int
) -> None:
    voice = f"en_US-choir-medium{speaker}"
    assert PiperEngine.knows_voice(config, voice)
    (clip,) = say(engine, "Hello.", voice=voice)
    assert phonemes(clip, shift=number * SPEAKER_STEP) == padded("həlˈoʊ.")


@pytest.mark.parametrize(
    "voice",
    [
        *("en_US-nobody-medium", "", "#", "#anna", "en_US-choir-medium#", "en_US-choir-medium#dora"),
        *("en_US-choir-medium#3", "en_US-choir-medium#-1", "en_US-choir-medium#²", "en_US-alto-medium#0"),
        *("en_US-alto-medium.onnx", "../piper/en_US-alto-medium", "EN_us-alto-medium"),
    ],
)
def test_unknown_voice_or_speaker_is_said(engine: PiperEngine, config: EngineConfig[PiperOptions], voice: str) -> None:
    assert not PiperEngine.knows_voice(config, voice)
    with pytest.raises(VoiceNotFoundError, match="has no"):
        say(engine, "Hello.", voice=voice)


def test_voice_at_another_rate_is_resampled(engine: PiperEngine) -> None:
    clips = say(engine, "Hallo. Du.", voice="de_DE-bass-low")
    assert {clip.sample_rate for clip in clips} == {SAMPLE_RATE}
    tokens = len(padded("hˈaloː.")) + len(padded("duː."))
    samples = np.concatenate([clip.samples for clip in clips])
    assert len(samples) == round(tokens * TOKEN_SAMPLES * SAMPLE_RATE / 16_000)
    # The first tone is that of `^`, 225 Hz, and still is.
    spectrum = np.abs(np.fft.rfft(samples[:1400] * np.hanning(1400), 16_384))
    assert np.argmax(spectrum) * SAMPLE_RATE / 16_384 == pytest.approx(225, abs=5)


def test_noise_is_as_configured(tiny_piper: Path) -> None:
    config = EngineConfig(PiperOptions(), model=str(tiny_piper), device="cpu", threads=1)
    still = say(PiperEngine(config), "Hello.")
    noisy = say(PiperEngine(replace(config, options=PiperOptions(noise_scale=1.0))), "Hello.")
    difference = noisy[0].samples - still[0].samples
    assert np.std(difference) == pytest.approx(0.1, rel=0.1)


def test_text_without_a_letter_is_silence(engine: PiperEngine) -> None:
    assert say(engine, "…") == []


def test_few_voices_stay_in_memory(engine: PiperEngine, tmp_path: Path) -> None:
    names = [f"en_US-voice{number}-medium" for number in range(5)]
    for name in names:
        build_voice(tmp_path, name)
    engine = PiperEngine(EngineConfig(PiperOptions(), model=str(tmp_path), device="cpu", threads=1))
    for name in (*names, names[2], names[0]):
        assert say(engine, "Hello.", voice=name)
    assert list(engine._voices) == [names[4], names[2], names[0]]


def test_utterances_are_spoken_at_once(config: EngineConfig[PiperOptions]) -> None:
    engine = PiperEngine(replace(config, workers=4))
    assert engine.capabilities.concurrency == 4
    voices = ("en_US-alto-medium", "en_US-choir-medium", "en_US-soft-medium", "de_DE-bass-low")
    alone = {
        voice: np.concatenate([clip.samples for clip in say(engine, "Hello. You.", voice=voice)]) for voice in voices
    }
    wrong: list[str] = []

    def work(voice: str) -> None:
        for _ in range(10):
            found = np.concatenate([clip.samples for clip in say(engine, "Hello. You.", voice=voice)])
            if not np.array_equal(found, alone[voice]):
                wrong.append(voice)

    threads = [threading.Thread(target=work, args=(voice,)) for voice in voices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("content", ["{", "[]", '{"espeak": {"voice": "en-us"}}'])
def test_damaged_configuration_is_told(tmp_path: Path, content: str) -> None:
    voice = build_voice(tmp_path, "en_US-broken-medium")
    voice.with_name(voice.name + ".json").write_text(content)
    with pytest.raises(EngineUnavailableError, match=r"holds no Piper voice|configuration of Piper's voice"):
        PiperEngine(EngineConfig(PiperOptions(), model=str(tmp_path), device="cpu"))


def test_listing_is_answered_without_packages_or_network(tiny_piper: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from voice_stack.serving.engine import EngineConfig\n"
        "from voice_stack.tts.engines.piper.options import PiperOptions\n"
        "from voice_stack.tts.engines.piper.engine import PiperEngine as E\n"
        "for model in (sys.argv[1], ''):\n"
        "    c = EngineConfig(PiperOptions(), model=model, model_dir=Path(sys.argv[2]))\n"
        "    print(E.obstacle(c), E.is_downloaded(c), len(E.voices(c)), E.knows_voice(c, 'en_US-lessac-medium'), "
        "len(E.languages(c)))\n"
        "heavy = {'onnxruntime', 'piper', 'huggingface_hub', 'soxr'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_piper), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["None True 4 False 2", "None False 43 True 43", "[]"]
