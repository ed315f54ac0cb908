"""What crosses a seam is plain data: it can be sent to another process and is the same there."""

import pickle
from pathlib import Path

import pytest

from voice_stack.asr.recognition.run import RunReport, TranscriptionOptions
from voice_stack.asr.types import LanguageGuess, RecognitionRequest, Segment, Task, Transcript, Word
from voice_stack.audio.decode import RawPcm
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.vad import VadOptions
from voice_stack.serving.answering import Answering
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.registry import BUILT_IN, Registry
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.spec import Kind
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.speaking.run import SpeechOptions, SpeechReport, SpeechStart
from voice_stack.tts.types import Utterance, VoiceReference

ANSWERING = Answering("kokoro", "kokoro", "cuda:0", "no hub", "af_heart", "en")
SEGMENT = Segment(0.0, 1.0, " one", words=(Word(" one", 0.1, 0.9, 0.5),), tokens=(1, 2))
PLAIN = [
    ANSWERING,
    SEGMENT,
    Transcript(Task.TRANSCRIBE, (SEGMENT,), LanguageGuess("en", 0.9), 1.0, "faster-whisper", "tiny"),
    TranscriptionOptions(
        RecognitionRequest(hotwords=("a",)), vad=VadOptions(threshold=0.3), raw=RawPcm(), lane=Lane.BATCH
    ),
    RunReport("faster-whisper", "tiny", audio_s=2.0, engine_s=1.0, waited_s=0.0, speech_s=1.5),
    SpeechOptions("Hello.", "alloy", "tts-1", audio_format=AudioFormat.OPUS),
    SpeechStart(ANSWERING, 24_000, whole=False),
    SpeechReport("kokoro", "kokoro", 1.0, 0.5, 0.0, voice="af_heart", language="en", characters=6, first_s=0.1),
    Utterance((Pronounced("Hello.", "h"),), "en", VoiceReference("anna", "0" * 64, (Path("anna.wav"),))),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_it_is_the_same_after_its_way(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("kind", [Kind.RECOGNITION, Kind.SPEECH])
def test_what_engines_are_told_is_the_same_after_its_way(kind: Kind) -> None:
    rows = Registry(BUILT_IN, None).of(kind)
    assert len(rows) >= 5
    for spec in rows:
        config = EngineConfig(spec.options(), model="x", workers=2)
        assert pickle.loads(pickle.dumps(config)) == config
