"""The facts of the output formats."""

import pytest

from voice_stack.audio.formats import PCM_SAMPLE_RATE, AudioFormat

MP3, OPUS, AAC, FLAC, WAV, PCM = AudioFormat


def test_names_are_openais() -> None:
    assert [str(audio_format) for audio_format in AudioFormat] == ["mp3", "opus", "aac", "flac", "wav", "pcm"]
    assert AudioFormat("opus") is OPUS


def test_every_format_has_its_own_media_type_and_suffix() -> None:
    assert len({audio_format.mime for audio_format in AudioFormat}) == len(AudioFormat)
    assert all(audio_format.mime.startswith("audio/") for audio_format in AudioFormat)
    assert [audio_format.suffix for audio_format in (MP3, WAV)] == [".mp3", ".wav"]


@pytest.mark.parametrize(
    ("audio_format", "engine_rate", "sent"),
    [
        (PCM, 16_000, PCM_SAMPLE_RATE),
        (PCM, 48_000, PCM_SAMPLE_RATE),
        (WAV, 22_050, 22_050),
        (FLAC, 44_100, 44_100),
        (MP3, 22_050, 22_050),
        (MP3, 17_000, 22_050),
        (MP3, 96_000, 48_000),
        (AAC, 44_100, 44_100),
        (OPUS, 16_000, 16_000),
        (OPUS, 22_050, 24_000),
        (OPUS, 44_100, 48_000),
    ],
)
def test_engines_rate_is_kept_where_the_format_has_it(audio_format: AudioFormat, engine_rate: int, sent: int) -> None:
    assert audio_format.sample_rate(engine_rate) == sent


@pytest.mark.parametrize(("audio_format", "seconds"), [(MP3, 0.116), (OPUS, 0.068), (AAC, 0.128), (FLAC, 0.043)])
def test_little_is_held_back_at_24_khz(audio_format: AudioFormat, seconds: float) -> None:
    assert audio_format.codec is not None
    assert audio_format.codec.held_back(24_000, packet=512) / 24_000 <= seconds
