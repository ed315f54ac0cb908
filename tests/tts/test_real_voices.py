"""Real voices through the whole path are understood as well as the engine alone; Whisper base reads them back."""

from pathlib import Path

import pytest
import soxr

from benchmarks.first_sound import real_voices
from benchmarks.listeners import SAMPLE_RATE, Dnsmos, Reader, errors
from benchmarks.speech_quality import ALONE, WHOLE, Heard, Judge, judged
from benchmarks.spoken_texts import TEXTS
from tests.conftest import RealModel
from tests.e2e.speech import hear
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.settings import load_settings
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions

SENTENCE = "Dr. Smith found that 25 people who walked to work every day of the year slept better than those who drove."
# Scores of DNSMOS by which two sounds of one voice differ by themselves.
NOTICEABLE = 0.15


def settings_of(engine: str, real_model: RealModel) -> dict[str, str]:
    real_model(engine)
    if engine not in real_voices():
        pytest.skip(f"the engine {engine} is not installed")
    return {key.lower(): value for key, value in real_voices()[engine].items()}


def test_a_real_voice_is_understood_though_its_sentence_comes_in_parts(real_model: RealModel, tmp_path: Path) -> None:
    settings = settings_of("piper", real_model)
    loaded = load_settings(TtsSettings, tts_engine="piper", tts_voices_dir=tmp_path, **settings)
    reader = Reader(real_model("whisper-base"), threads=1)
    with SpeechService(loaded) as service:
        options = SpeechOptions(SENTENCE, "alloy", "tts-1", language="en", audio_format=AudioFormat.MP3)
        assert len(service.preview(options)[0].units) == 2
        with service.start(options) as run:
            heard = hear(b"".join(run), "mp3")
    # Piper's sound is another one each time: a word in twenty may be misheard.
    assert errors(SENTENCE, reader.text(soxr.resample(heard.samples, 24_000, SAMPLE_RATE)))[0] <= 1


@pytest.mark.long
@pytest.mark.parametrize("engine", ["piper", "kokoro"])
def test_the_path_costs_no_word_and_its_joints_are_not_heard(engine: str, real_model: RealModel) -> None:
    settings = settings_of(engine, real_model)
    judge = Judge(Reader(real_model("whisper-base")), Dnsmos(real_model("dnsmos")))
    found = judged(engine, settings, TEXTS, judge)
    alone = wrong(found[ALONE])
    for way, heard in found.items():
        assert wrong(heard) <= alone + 1, way
        assert joint(heard) >= joint(found[WHOLE]) - NOTICEABLE, way


def wrong(heard: list[Heard]) -> int:
    return sum(one.wrong for one in heard)


def joint(heard: list[Heard]) -> float:
    return sum(one.joint.signal for one in heard) / len(heard)
