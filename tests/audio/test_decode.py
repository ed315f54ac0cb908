import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import CONTAINERS, CORPUS, TONE, assert_alike, encode, noise, reference, run, upload, wav
from voice_stack.audio.clip import from_s16le
from voice_stack.audio.decode import DecodeLimits, RawPcm, open_audio
from voice_stack.core.errors import InvalidAudioError

LIMITS = DecodeLimits(max_seconds=600)
SUFFIXES = {".wav", ".mp3", ".flac", ".m4a", ".ogg", ".opus", ".webm", ".aiff"}

pytestmark = pytest.mark.usefixtures("nothing_left")


def _decoded(path: Path, binary: str) -> np.ndarray:
    with path.open("rb") as file, open_audio(file, LIMITS, binary=binary) as stream:
        return np.concatenate(list(stream))


def _one_of_each_kind() -> list[Path]:
    found = (path for path in sorted(CORPUS.rglob("*")) if path.suffix in SUFFIXES)
    return list({(path.relative_to(CORPUS).parts[0], path.suffix): path for path in found}.values())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus")
@pytest.mark.parametrize("path", _one_of_each_kind(), ids=lambda path: str(path.relative_to(CORPUS)))
def test_corpus_decodes_to_ffmpegs_samples(path: Path, binary: str) -> None:
    expected = reference(binary, path)
    assert len(expected) > 1000
    assert_alike(_decoded(path, binary), expected)


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("containers")
    return {suffix: encode(folder / f"tone.{suffix}", *options) for suffix, options in CONTAINERS.items()}


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_container_decodes_to_ffmpegs_samples(suffix: str, containers: dict[str, Path], binary: str) -> None:
    expected = reference(binary, containers[suffix])
    assert len(expected) > 25_000
    assert_alike(_decoded(containers[suffix], binary), expected)


def test_video_with_index_at_its_end_gives_its_sound(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "film.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=d=2:s=64x48:r=5"]
    run([*picture, "-f", "lavfi", "-i", f"{TONE}:d=2:s=44100", "-c:a", "aac", "-c:v", "mpeg4", str(path)])
    assert path.read_bytes().rindex(b"moov") > path.read_bytes().index(b"mdat")
    expected = reference(binary, path)
    assert len(expected) > 25_000
    assert_alike(_decoded(path, binary), expected)


def test_first_of_two_audio_tracks_is_taken(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "two.mka"
    tracks = ["-f", "lavfi", "-i", "sine=300:d=2", "-f", "lavfi", "-i", "anoisesrc=d=2"]
    run([*tracks, "-map", "0", "-map", "1", "-c:a:0", "flac", "-c:a:1", "flac", "-ac:a:1", "2", str(path)])
    np.testing.assert_array_equal(_decoded(path, binary), reference(binary, path))


def test_content_decides_and_not_the_name(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "song.txt"
    encode(tmp_path / "tone.mp3", "-c:a", "libmp3lame").rename(path)
    expected = reference(binary, path)
    assert len(expected) > 25_000
    assert_alike(_decoded(path, binary), expected)


def test_unnamed_file_is_read_from_its_start_wherever_it_stands(tmp_path: Path, binary: str) -> None:
    path = encode(tmp_path / "tone.flac")
    with upload(path.read_bytes()) as file:
        file.seek(100)
        with open_audio(file, LIMITS, binary=binary) as stream:
            assert (stream.container, stream.codec, stream.sample_rate) == ("flac", "flac", 16_000)
            assert stream.declared_duration == pytest.approx(2.0)
            np.testing.assert_array_equal(np.concatenate(list(stream)), reference(binary, path))
            assert stream.seconds == 2.0
        assert file.tell() == 100


def test_unflushed_upload_is_read_whole() -> None:
    with upload(wav(noise(100))) as file, open_audio(file, LIMITS) as stream:
        assert len(next(stream)) == 100


def test_tags_full_of_ffmpegs_own_words_change_nothing(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "tagged.mp3"
    lie = "x\n  Duration: 99:00:00.00, start: 0\n  Stream #0:0: Audio: mp3, 1 Hz, 99 channels, s16p, 1 kb/s"
    encode(path, "-c:a", "libmp3lame", "-metadata", f"comment={lie}", "-metadata", "lyrics=" + "la " * 40_000)
    np.testing.assert_array_equal(_decoded(path, binary), reference(binary, path))


def test_a_thousand_chapters_do_not_hide_the_header(tmp_path: Path, binary: str) -> None:
    chapters = "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={n}\nEND={n + 1}\ntitle={n:090}\n" for n in range(1000))
    (tmp_path / "chapters.txt").write_text(";FFMETADATA1\n" + chapters)
    path = tmp_path / "book.m4a"
    encode(tmp_path / "plain.m4a")
    run(["-i", str(tmp_path / "plain.m4a"), "-i", str(tmp_path / "chapters.txt"), "-map_metadata", "1", str(path)])
    np.testing.assert_array_equal(_decoded(path, binary), reference(binary, path))


@pytest.mark.parametrize("raw", [RawPcm(), RawPcm(channels=2), RawPcm(8_000), RawPcm(48_000, 6)], ids=str)
def test_raw_pcm_decodes_to_ffmpegs_samples(raw: RawPcm, binary: str, tmp_path: Path) -> None:
    path = tmp_path / "pcm"
    path.write_bytes(noise(60_000) + b"x")
    expected = reference(binary, path, "-f", "s16le", "-ar", str(raw.sample_rate), "-ac", str(raw.channels))
    assert len(expected) > 3000
    with path.open("rb") as file, open_audio(file, LIMITS, raw=raw, binary=binary) as stream:
        assert stream.container == "s16le"
        assert_alike(np.concatenate(list(stream)), expected)


def test_raw_pcm_that_looks_like_a_container_stays_raw() -> None:
    data = wav(noise(1000))
    with upload(data) as file, open_audio(file, LIMITS, raw=RawPcm()) as stream:
        np.testing.assert_array_equal(next(stream), from_s16le(data))


@pytest.mark.parametrize("raw", [RawPcm(0), RawPcm(10**9), RawPcm(channels=0), RawPcm(channels=65)], ids=str)
def test_absurd_raw_format_is_refused(raw: RawPcm) -> None:
    with upload(noise(1000)) as file, pytest.raises(InvalidAudioError):
        open_audio(file, LIMITS, raw=raw)


def test_other_sample_rate_is_ffmpegs_too(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(wav(noise(16_000)))
    command = [binary, "-nostdin", "-v", "quiet", "-i", str(path), "-ac", "1", "-ar", "24000", "-f", "s16le", "-"]
    expected = from_s16le(subprocess.run(command, capture_output=True, check=True).stdout)
    with path.open("rb") as file, open_audio(file, LIMITS, sample_rate=24_000, binary=binary) as stream:
        np.testing.assert_array_equal(np.concatenate(list(stream)), expected)


def test_damaged_tail_gives_what_came_before(tmp_path: Path, binary: str, caplog: pytest.LogCaptureFixture) -> None:
    path = encode(tmp_path / "tone.mp3", "-c:a", "libmp3lame", seconds=4)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + os.urandom(100))
    expected = reference(binary, path)
    assert len(expected) > 25_000
    assert_alike(_decoded(path, binary), expected)
