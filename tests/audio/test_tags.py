"""A file says of itself what it was told to, in every container that has room, and the sound stays the same."""

import io
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG
from tests.audio.tone import decoded, tone, uneven
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.encode import Encoder, encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.tags import parse_tags, read_tags
from voice_stack.audio.wav import complete_sizes, wav_header

MP3, OPUS, AAC, FLAC, WAV, PCM = AudioFormat
TAGS = {"comment": "made = by; a #machine \\ here", "software": "Test 1", "digitalsourcetype": "http://example.org/x"}
CLIP = AudioClip(tone(24_000, 24_000), 24_000)
MAGIC = {MP3: b"ID3", OPUS: b"OggS", AAC: b"\xff\xf1", FLAC: b"fLaC", WAV: b"RIFF", PCM: b""}


def told(data: bytes) -> dict[str, str]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return dict(read_tags(file, binary=SHIPPED_FFMPEG))


def streamed(audio_format: AudioFormat, tags: dict[str, str]) -> bytes:
    with Encoder(audio_format, 24_000, binary=SHIPPED_FFMPEG, tags=tags) as encoder:
        return b"".join(encoder.write(piece) for piece in uneven(CLIP.samples, 9)) + encoder.finish()


def test_formats_with_room_are_known() -> None:
    assert [audio_format for audio_format in AudioFormat if audio_format.takes_tags] == [MP3, OPUS, FLAC, WAV]


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_streams_and_whole_files_say_it_and_sound_the_same(audio_format: AudioFormat) -> None:
    for data, plain in (
        (streamed(audio_format, TAGS), streamed(audio_format, {})),
        (encode_whole(CLIP, audio_format, tags=TAGS), encode_whole(CLIP, audio_format)),
    ):
        assert data.startswith(MAGIC[audio_format])
        if audio_format is not PCM:
            np.testing.assert_array_equal(decoded(SHIPPED_FFMPEG, data), decoded(SHIPPED_FFMPEG, plain))
        if audio_format.takes_tags:
            assert told(data)["comment"] == TAGS["comment"]
            assert len(data) > len(plain)
        else:
            assert data == plain


@pytest.mark.parametrize("audio_format", [MP3, OPUS, FLAC])
def test_tags_of_any_name_are_kept_where_there_is_room(audio_format: AudioFormat) -> None:
    assert TAGS.items() <= told(encode_whole(CLIP, audio_format, tags=TAGS)).items()


@pytest.mark.parametrize("comment", ["even", "odd"])
def test_wav_that_says_something_has_its_true_sizes(comment: str) -> None:
    whole = encode_whole(CLIP, WAV, tags={"comment": comment, "software": "Test"})
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnframes(), file.getframerate()) == (24_000, 24_000)


@pytest.mark.parametrize("tags", [{}, TAGS])
def test_streamed_wav_gets_its_sizes_once_it_is_complete(tags: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(streamed(WAV, tags))
    for _ in range(2):  # what has them keeps them
        with path.open("r+b") as file:
            complete_sizes(file)
        assert path.read_bytes() == encode_whole(CLIP, WAV, tags=tags)


def test_sizes_of_what_is_no_wav_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for data in (b"", b"RIFF", b"ID3 and so on", wav_header(8000, 0)[:20]):
        path.write_bytes(data)
        with path.open("r+b") as file:
            complete_sizes(file)
        assert path.read_bytes() == data


def test_a_file_that_is_no_audio_says_nothing() -> None:
    assert told(b"") == {}
    assert told(b"junk" * 1000) == {}
    assert told(b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xffINFOICMT\xff\xff\xff\x7fx") == {}


def test_ffmpegs_own_form_is_read() -> None:
    text = ";FFMETADATA1\ntitle=a\\=b\\;c\\\\d\nCOMMENT=two\\\nlines\nnothing\n[STREAM]\nx\\=y=z\n"
    assert parse_tags(text) == [("title", "a=b;c\\d"), ("comment", "two\nlines"), ("x=y", "z")]
