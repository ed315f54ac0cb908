"""Kokoro with a tiny network in the real format, through the real packages: every phoneme is a tone."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_voices.kokoro import AMPLITUDES, ROW_STEP, TOKEN_SAMPLES, build_release
from tests.tiny_voices.tones import heard
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.kokoro.engine import SAMPLE_RATE, KokoroEngine
from voice_stack.tts.engines.kokoro.options import KokoroOptions
from voice_stack.tts.types import Utterance, VoiceReference

GAIN = 0.5


@pytest.fixture(scope="module")
def engine(tiny_kokoro: Path) -> Iterator[KokoroEngine]:
    engine = KokoroEngine(EngineConfig(KokoroOptions(), model=str(tiny_kokoro), device="cpu", threads=1))
    yield engine
    engine.close()


def say(
    engine: KokoroEngine,
    *parts: Pronounced | str,
    voice: str | VoiceReference = "af_heart",
    language: str = "en",
    speed: float = 1.0,
) -> list[AudioClip]:
    pieces = tuple(Pronounced(part) if isinstance(part, str) else part for part in parts)
    return list(engine.synthesize(Utterance(pieces, language, voice, speed), threading.Event()))


def symbols(clip: AudioClip, length: int = TOKEN_SAMPLES) -> str:
    """What the network was given, heard from its sound; `_` is the padding."""
    from kokoro_onnx.config import DEFAULT_VOCAB

    names = {number: symbol for symbol, number in DEFAULT_VOCAB.items()} | {0: "_"}
    return "".join(names[token] for token in heard(clip.samples, SAMPLE_RATE, length))


def test_phonemes_reach_the_network_in_order(engine: KokoroEngine) -> None:
    (clip,) = say(engine, "Hello, church.")
    assert clip.sample_rate == engine.capabilities.sample_rate == 24_000
    assert symbols(clip) == "_həlˈO, ʧˈɜɹʧ._"


def test_ipa_reaches_the_network(engine: KokoroEngine) -> None:
    (clip,) = say(engine, "I say ", Pronounced("tomato", "təˈmɑːtəʊ"), ".")
    assert symbols(clip) == "_I sˈA təˈmɑtQ._"


def test_english_is_read_in_the_accent_of_the_voice(engine: KokoroEngine) -> None:
    (american,), (british,) = say(engine, "go"), say(engine, "go", voice="bm_george")
    assert (symbols(american), symbols(british)) == ("_ɡˈO_", "_ɡˈQ_")


def test_a_voice_speaks_other_languages_too(engine: KokoroEngine) -> None:
    (clip,) = say(engine, "Bonjour.", language="fr")
    assert symbols(clip) == "_bɔ\u0303ʒˈuʁ._"


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.6, 2.0])
def test_length_follows_the_speed(engine: KokoroEngine, speed: float) -> None:
    (clip,) = say(engine, "Hello, church.", speed=speed)
    assert len(clip.samples) == len("_həlˈO, ʧˈɜɹʧ._") * round(TOKEN_SAMPLES / speed)
    assert symbols(clip, round(TOKEN_SAMPLES / speed)) == "_həlˈO, ʧˈɜɹʧ._"


@pytest.mark.parametrize(
    ("voice", "amplitude"),
    [
        ("af_heart", AMPLITUDES["af_heart"]),
        ("af_bella+af_sky", 0.5),
        ("af_bella(2)+af_sky", (2 * 0.8 + 0.2) / 3),
        ("af_bella(1)+af_sky(3)", (0.8 + 3 * 0.2) / 4),
    ],
)
def test_a_mix_is_the_weighted_mean_of_its_voices(engine: KokoroEngine, voice: str, amplitude: float) -> None:
    (clip,) = say(engine, "Hello.", voice=voice)
    assert np.std(clip.samples) * np.sqrt(2) == pytest.approx(GAIN * amplitude, rel=0.01)


@pytest.mark.parametrize("text", ["a", "Hello.", "The birch canoe slid on the smooth planks."])
def test_style_is_that_of_the_number_of_phonemes(engine: KokoroEngine, text: str) -> None:
    (clip,) = say(engine, text)
    row = len(symbols(clip)) - 2 - 1
    assert np.mean(clip.samples) == pytest.approx(GAIN * ROW_STEP * row, abs=GAIN * ROW_STEP / 2)


@pytest.mark.parametrize("count", [509, 510])
def test_the_longest_text_is_spoken_in_one_go(engine: KokoroEngine, count: int) -> None:
    ipa = ("abdefhi " * 70)[: count - 1] + "a"
    (clip,) = say(engine, Pronounced("x", ipa), language="es")
    assert symbols(clip) == f"_{ipa}_"


@pytest.mark.parametrize("count", [511, 512, 1100, 1600])
def test_longer_text_is_cut_without_loss(engine: KokoroEngine, count: int) -> None:
    ipa = ("abdefhi " * 250)[: count - 1] + "a"
    clips = say(engine, Pronounced("x", ipa), language="es")
    assert len(clips) == -(-count // 510)
    words = " ".join(_spoken(clip) for clip in clips)
    assert words == ipa


def test_a_word_that_is_too_long_is_cut_without_loss(engine: KokoroEngine) -> None:
    ipa = "abdefhi" * 100
    clips = say(engine, Pronounced("x", ipa), language="es")
    assert "".join(_spoken(clip) for clip in clips) == ipa


def _spoken(clip: AudioClip) -> str:
    """The phonemes of a piece, whose pause is no part of them."""
    quiet = np.flatnonzero(np.abs(clip.samples) > 1e-6)
    return symbols(AudioClip(clip.samples[: quiet[-1] + 2], SAMPLE_RATE)).strip("_")


def test_text_without_a_letter_is_silence(engine: KokoroEngine) -> None:
    assert say(engine, "…") == []


@pytest.mark.parametrize("voice", ["af_nobody", "af_heart+af_nobody", "", "jf_alpha", "../af_heart"])
def test_unknown_voice_is_said(engine: KokoroEngine, tiny_kokoro: Path, voice: str) -> None:
    assert not KokoroEngine.knows_voice(EngineConfig(KokoroOptions(), model=str(tiny_kokoro)), voice)
    with pytest.raises(VoiceNotFoundError, match="no voice"):
        say(engine, "Hello.", voice=voice)


def test_utterances_are_spoken_at_once(tiny_kokoro: Path) -> None:
    engine = KokoroEngine(EngineConfig(KokoroOptions(), model=str(tiny_kokoro), device="cpu", threads=1, workers=4))
    assert engine.capabilities.concurrency == 4
    texts = {"en": "Hello, church.", "fr": "Bonjour.", "it": "La pizza.", "es": "Mucho gusto."}
    alone = {language: symbols(say(engine, text, language=language)[0]) for language, text in texts.items()}
    found: dict[str, set[str]] = {language: set() for language in texts}

    def work(language: str) -> None:
        for _ in range(10):
            found[language].add(symbols(say(engine, texts[language], language=language)[0]))

    threads = [threading.Thread(target=work, args=(language,)) for language in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {language: {heard_alone} for language, heard_alone in alone.items()}


def test_release_of_kokoro_onnx_speaks_the_same(engine: KokoroEngine, tmp_path: Path) -> None:
    release = KokoroEngine(
        EngineConfig(KokoroOptions(), model=str(build_release(tmp_path / "release")), device="cpu", threads=1)
    )
    assert release.voices(EngineConfig(KokoroOptions(), model=str(tmp_path / "release"))) == engine.voices(
        EngineConfig(KokoroOptions(), model=str(engine._files.model.parent.parent))
    )
    (expected,), (clip,) = say(engine, "Hello.", voice="af_sky"), say(release, "Hello.", voice="af_sky")
    np.testing.assert_array_equal(clip.samples, expected.samples)


def test_missing_gpu_means_the_cpu_with_a_warning(tiny_kokoro: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = KokoroEngine(EngineConfig(KokoroOptions(), model=str(tiny_kokoro), device="cuda", threads=1))
    assert engine.device == "cpu"
    assert "TTS_DEVICE=cuda" in caplog.text


def copied(tiny_kokoro: Path, folder: Path) -> Path:
    for path in sorted(tiny_kokoro.rglob("*.onnx")) + sorted(tiny_kokoro.rglob("af_*.bin")):
        target = folder / path.relative_to(tiny_kokoro)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


def test_another_network_is_told(tiny_kokoro: Path, tmp_path: Path) -> None:
    from tests.tiny_voices.piper import build_voice

    folder = copied(tiny_kokoro, tmp_path / "other")
    pytest.importorskip("piper")
    build_voice(tmp_path, "en_US-alto-medium").replace(folder / "onnx" / "model.onnx")
    with pytest.raises(EngineUnavailableError, match="no Kokoro model"):
        KokoroEngine(EngineConfig(KokoroOptions(), model=str(folder), device="cpu"))


def test_damaged_voice_is_told_when_it_is_asked_for(tiny_kokoro: Path, tmp_path: Path) -> None:
    folder = copied(tiny_kokoro, tmp_path / "voices")
    (folder / "voices" / "af_sky.bin").write_bytes(b"\0" * 1001)
    engine = KokoroEngine(EngineConfig(KokoroOptions(), model=str(folder), device="cpu", threads=1))
    assert say(engine, "Hello.", voice="af_heart")
    with pytest.raises(EngineUnavailableError, match="af_sky is damaged"):
        say(engine, "Hello.", voice="af_sky")


def test_listing_is_answered_without_packages_or_network(tiny_kokoro: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from voice_stack.serving.engine import EngineConfig\n"
        "from voice_stack.tts.engines.kokoro.options import KokoroOptions\n"
        "from voice_stack.tts.engines.kokoro.engine import KokoroEngine as E\n"
        "for model in (sys.argv[1], ''):\n"
        "    c = EngineConfig(KokoroOptions(), model=model, model_dir=Path(sys.argv[2]))\n"
        "    print(E.obstacle(c), E.is_downloaded(c), len(E.voices(c)), E.knows_voice(c, 'af_heart(2)+af_sky'), "
        "','.join(sorted(E.languages(c))))\n"
        "heavy = {'onnxruntime', 'kokoro_onnx', 'phonemizer', 'huggingface_hub', 'espeakng_loader', 'soxr'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_kokoro), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"None True {len(AMPLITUDES) - 1} True en,es,fr,hi,it,pt",
        "None False 41 True en,es,fr,hi,it,pt",
        "[]",
    ]
