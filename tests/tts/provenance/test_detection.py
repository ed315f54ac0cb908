"""Each kind of mark is looked for by itself, and what could not be looked for is said so."""

import tempfile
import threading

import numpy as np
import pytest

from tests.audio.tone import tone
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import AudioTooLongError, CancelledWorkError, InvalidAudioError
from voice_stack.tts.provenance import detection, perth
from voice_stack.tts.provenance.detection import Finding, Findings, detect
from voice_stack.tts.provenance.statement import DigitalSource, Statement, today

LIMITS = DecodeLimits(60.0)
STATEMENT = Statement(DigitalSource.TRAINED, "tone", "tone", today())
SILENCE = AudioClip(np.zeros(24_000, np.float32), 24_000)


def found(data: bytes, limits: DecodeLimits = LIMITS, stop: threading.Event | None = None) -> Findings:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return detect(file, limits, stop)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perth, "missing_package", lambda: "resemble-perth")
    monkeypatch.setattr(detection, "c2pa_is_installed", lambda: False)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize("audio_format", [one for one in AudioFormat if one.takes_tags])
def test_metadata_is_found_without_any_extra_and_the_rest_is_said_to_be_open(audio_format: AudioFormat) -> None:
    findings = found(encode_whole(SILENCE, audio_format, tags=STATEMENT.tags))
    assert findings.results == (Finding("metadata", True, STATEMENT.generated_at, "tone"),)
    assert findings.synthetic
    assert findings.unavailable == {
        "watermark": "pip install 'voice-stack[watermark]'",
        "c2pa": "pip install 'voice-stack[c2pa]'",
    }
    assert not found(encode_whole(SILENCE, audio_format)).synthetic


@pytest.mark.usefixtures("nothing_installed")
def test_no_sound_or_too_much_of_it_is_an_error() -> None:
    for data in (b"", b"junk" * 999, b"RIFF\xff\xff\xff\xffWAVE"):
        with pytest.raises(InvalidAudioError):
            found(data)
    with pytest.raises(AudioTooLongError):
        found(encode_whole(AudioClip(tone(24_000 * 30, 24_000), 24_000), AudioFormat.FLAC), DecodeLimits(5.0))


class Ear:
    """Takes what is louder than a tenth for marked, and remembers how much it heard."""

    def __init__(self) -> None:
        self.heard_s: list[float] = []

    def heard(self, samples: np.ndarray) -> float:
        self.heard_s.append(len(samples) / perth.SAMPLE_RATE)
        return float(np.abs(samples).max() > 0.1)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    ear = Ear()
    monkeypatch.setattr(perth, "missing_package", lambda: None)
    monkeypatch.setattr(perth, "perth_network", lambda: ear)
    return ear


def test_a_marked_part_of_a_long_sound_is_found_and_silence_is_not_listened_to(ear: Ear) -> None:
    part = np.concatenate([np.zeros(24_000 * 11), tone(24_000, 24_000), np.zeros(24_000 * 9)]).astype(np.float32)
    (_, watermark, *_) = found(encode_whole(AudioClip(part, 24_000), AudioFormat.WAV)).results
    assert (watermark.kind, watermark.detected, watermark.confidence) == ("watermark", True, 1.0)
    assert ear.heard_s == [5.0]


def test_a_short_rest_is_left_out_and_a_short_sound_is_not(ear: Ear) -> None:
    found(encode_whole(AudioClip(tone(24_000 * 5 + 9000, 24_000), 24_000), AudioFormat.WAV))
    assert ear.heard_s == [5.0]
    found(encode_whole(AudioClip(tone(4_800, 24_000), 24_000), AudioFormat.WAV))
    assert ear.heard_s == [5.0, 1.0]


def test_nobody_who_waits_ends_the_work(ear: Ear) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledWorkError):
        found(encode_whole(AudioClip(tone(24_000, 24_000), 24_000), AudioFormat.WAV), stop=stop)
    assert not ear.heard_s
