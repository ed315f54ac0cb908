"""Consents spoken by a real engine and heard by real ones: what passes, and what is caught."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import RealModel
from tests.tts.voices.custom.conftest import PHRASE
from voice_stack.apps.recogniser import KeptRecogniser, build_recogniser
from voice_stack.audio.clip import AudioClip, from_s16le
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.resample import Resampler
from voice_stack.core.settings import load_settings
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.voices.custom.checks import Checkers, ConsentChecks
from voice_stack.tts.voices.custom.phrases import Phrases
from voice_stack.tts.voices.custom.records import Status

NAMELESS = "I am the owner of this voice and I consent to this voice being used to create a synthetic voice model."


@pytest.fixture(scope="module")
def kokoro(real_model: RealModel) -> Iterator[SpeechService]:
    settings = {"tts_engine": "kokoro", "tts_kokoro_model": str(real_model("kokoro")), "tts_fallback_engines": ""}
    with SpeechService(load_settings(TtsSettings, **settings)) as service:
        yield service


@pytest.fixture(scope="module")
def whisper(real_model: RealModel) -> Iterator[KeptRecogniser]:
    asr = {"asr_model": str(real_model("whisper-base")), "asr_fallback_engines": ""}
    recogniser = build_recogniser(load_settings(TtsSettings, tts_asr="embedded", tts_asr_timeout_s=300, **asr))
    assert recogniser is not None
    yield recogniser
    recogniser.close()


def spoken(service: SpeechService, text: str, voice: str) -> AudioClip:
    options = SpeechOptions(text, voice, "tts-1", language="en", audio_format=AudioFormat.PCM)
    with service.start(options) as run:
        samples = from_s16le(b"".join(run))
    resampler = Resampler(24_000, 16_000)
    return AudioClip(np.concatenate([resampler.write(samples), resampler.finish()]), 16_000)


@pytest.mark.parametrize("voice", ["af_heart", "bm_george"])
@pytest.mark.parametrize(
    ("text", "status"),
    [
        (PHRASE, Status.VERIFIED),
        (NAMELESS, Status.VERIFIED),
        (PHRASE.replace("I consent", "I do not consent"), Status.FAILED),
        ("I consent to having a cup of tea with you this afternoon.", Status.FAILED),
        ("The man was walking along the road, and he saw a bird.", Status.FAILED),
    ],
    ids=["the phrase", "without a name", "the opposite", "another consent", "another sentence"],
)
def test_the_phrase_is_heard(
    kokoro: SpeechService, whisper: KeptRecogniser, text: str, status: Status, voice: str
) -> None:
    checks = ConsentChecks(Checkers(whisper), Phrases(Path("none"), ["OpenAI"]), 0.35)
    found = checks.phrase(spoken(kokoro, text, voice), "en-US")
    assert found.status is status, found
    assert found.engine is not None
    assert found.engine.startswith("faster-whisper/")
