"""What is no audio, or means harm, is refused; nothing is fetched, opened or left behind."""

import base64
import io
import os
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import encode, noise, reference, run, upload, wav
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.ffmpeg import child_environment, decode_command, ffmpeg_path
from voice_stack.core.errors import InvalidAudioError, ServiceUnavailableError

LIMITS = DecodeLimits(max_seconds=600, timeout_s=10)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = pytest.mark.usefixtures("nothing_left")


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sound.wav", wav(noise(1000)))
    return buffer.getvalue()


NO_AUDIO = {
    "empty": b"",
    "one byte": b"x",
    "zeros": bytes(100_000),
    "random": np.random.default_rng(4).bytes(100_000),
    "text": b"The quick brown fox jumps over the lazy dog.\n" * 1000,
    "html": b"<!DOCTYPE html><html><body><audio src='http://127.0.0.1/a.mp3'></audio></body></html>",
    "json": b'{"error": "not found"}',
    "pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n",
    "png": PIXEL,
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(2000) + b"\xff\xd9",
    "gif": b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "zip": _zip(),
    "elf": b"\x7fELF\2\1\1" + bytes(1000),
    "subtitles": b"1\n00:00:00,000 --> 00:00:02,000\nHello\n\n2\n00:00:02,000 --> 00:00:04,000\nWorld\n",
    "webvtt": b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n",
    "metadata": b";FFMETADATA1\ntitle=x\n",
    "module music": b"Extended Module: x" + bytes(2000),
    "only an ID3 tag": b"ID3\4\0\0\0\0\0\x0aTIT2\0\0\0\0\0\0",
    "riff of no kind": b"RIFF\x24\0\0\0WAVE",
    "ogg page without a codec": b"OggS\0\2" + bytes(20) + b"\1\5hello",
    "ebml alone": bytes.fromhex("1a45dfa3934282886d6174726f736b61"),
    "ftyp alone": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42",
}


def _refused(data: bytes, binary: str) -> str:
    with upload(data) as file, pytest.raises(InvalidAudioError) as caught:
        open_audio(file, LIMITS, binary=binary)
    assert (caught.value.status, caught.value.param) == (400, "file")
    return caught.value.message


@pytest.mark.parametrize("name", NO_AUDIO)
def test_no_audio_is_refused_with_what_to_send(name: str, binary: str) -> None:
    message = _refused(NO_AUDIO[name], binary)
    assert "Send an audio file" in message
    assert "/dev/fd" not in message


def _dash(url: str) -> bytes:
    return f"""<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
        profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" mediaPresentationDuration="PT9S"><Period>
        <AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL>
        </Representation></AdaptationSet></Period></MPD>""".encode()


REFERENCES: dict[str, Callable[[str], bytes]] = {
    "hls": lambda url: f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n".encode(),
    "hls master": lambda url: f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n".encode(),
    "hls with key": lambda url: (
        f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n'.encode()
    ),
    "m3u": lambda url: f"#EXTM3U\n#EXTINF:9,x\n{url}\n".encode(),
    "concat": lambda url: f"ffconcat version 1.0\nfile '{url}'\n".encode(),
    "dash": _dash,
    "pls": lambda url: f"[playlist]\nFile1={url}\nNumberOfEntries=1\n".encode(),
    "asx": lambda url: f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'.encode(),
    "smil": lambda url: f'<smil><body><audio src="{url}"/></body></smil>'.encode(),
    "real metafile": lambda url: f"{url}\n".encode(),
    "rtsp redirect": lambda url: f"RTSPtext\r\n{url}\r\n".encode(),
    "windows media": lambda url: f"[Reference]\r\nRef1={url}\r\n".encode(),
    "imf": lambda url: f'<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">{url}'.encode(),
    "sdp": lambda url: (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{url}\nm=audio 5004 RTP/AVP 0\n"
    ).encode(),
    "hls behind an ID3 tag": lambda url: b"ID3\4\0\0\0\0\0\0" + f"#EXTM3U\n#EXTINF:9,\n{url}\n".encode(),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_to_another_resource_is_never_followed(name: str, binary: str, tmp_path: Path) -> None:
    secret = encode(tmp_path / "secret.mp3", "-c:a", "libmp3lame", seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.setblocking(False)
        for url in (f"http://127.0.0.1:{port}/a.ts", f"tcp://127.0.0.1:{port}", f"file:{secret}", str(secret)):
            _refused(REFERENCES[name](url), binary)
        with pytest.raises(BlockingIOError):
            server.accept()


def _movie_that_points_to(sound: bytes, outside: Path) -> bytes:
    """The index of a QuickTime file whose samples are to be read from `outside`."""
    path = str(outside).encode() + b"\0" * (len(str(outside)) % 2)
    alias = bytes(150) + struct.pack(">HH", 2, len(path)) + path + b"\xff\xff\0\0"
    entry = struct.pack(">I", len(alias) + 12) + b"alis" + bytes(4) + alias
    itself = b"\0\0\0\x0curl \0\0\0\1"
    movie = bytearray(sound[sound.index(b"moov") - 4 :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = movie.index(box) - 4
        (size,) = struct.unpack_from(">I", movie, at)
        struct.pack_into(">I", movie, at, size + len(entry) - len(itself))
    return sound[: sound.index(b"mdat") - 4] + bytes(movie.replace(itself, entry))


def test_movie_with_sound_in_another_file_gives_none(tmp_path: Path, binary: str) -> None:
    sound = encode(tmp_path / "sound.mov", "-c:a", "pcm_s16le").read_bytes()
    (tmp_path / "outside").write_bytes(sound)
    movie = _movie_that_points_to(sound, tmp_path / "outside")
    (tmp_path / "movie.mov").write_bytes(movie)
    allowed = reference(binary, tmp_path / "movie.mov", "-enable_drefs", "1", "-use_absolute_path", "1")
    assert len(allowed) == 32_000
    _refused(movie, binary)


def test_picture_without_sound_is_told_apart(tmp_path: Path, binary: str) -> None:
    path = tmp_path / "silent.mp4"
    run(["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=5", "-c:v", "mpeg4", str(path)])
    assert "no audio track" in _refused(path.read_bytes(), binary)


def test_attachments_of_a_matroska_file_are_no_sound(tmp_path: Path, binary: str) -> None:
    (tmp_path / "a.mp3").write_bytes(encode(tmp_path / "b.mp3", "-c:a", "libmp3lame").read_bytes())
    path = tmp_path / "attached.mkv"
    attachment = ["-attach", str(tmp_path / "a.mp3"), "-metadata:s:t", "mimetype=audio/mpeg"]
    run(["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=5", "-c:v", "mpeg4", *attachment, str(path)])
    assert "no audio track" in _refused(path.read_bytes(), binary)


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac", "ogg", "webm", "ts", "aac", "wv"])
def test_file_cut_anywhere_in_its_header_is_refused_or_decoded(suffix: str, tmp_path: Path, binary: str) -> None:
    data = encode(tmp_path / f"tone.{suffix}", seconds=1).read_bytes()
    for length in (4, 16, 64, 300):
        with upload(data[:length]) as file:
            try:
                with open_audio(file, LIMITS, binary=binary) as stream:
                    list(stream)
            except InvalidAudioError:
                continue
            assert length > 16


def test_environment_of_the_child_is_minimal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFREPORT", "file=/tmp/report.log")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert set(child_environment()) <= {
        "PATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "LC_ALL",
        "AV_LOG_FORCE_NOCOLOR",
    }


def test_command_line_allows_files_only_and_no_playlists() -> None:
    command = list(decode_command("ffmpeg", 7, 16_000))
    before_input = command[: command.index("-i")]
    assert before_input[before_input.index("-protocol_whitelist") + 1] == "file"
    allowed = before_input[before_input.index("-format_whitelist") + 1].split(",")
    assert {"wav", "mov", "matroska", "mp3"} <= set(allowed)
    assert not {"hls", "concat", "sdp", "rtsp", "dash", "image2", "lavfi", "tty", "imf", "applehttp"} & set(allowed)


def test_missing_ffmpeg_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import imageio_ffmpeg

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", _no_exe)
    ffmpeg_path.cache_clear()
    try:
        with pytest.raises(ServiceUnavailableError, match="pip install imageio-ffmpeg"):
            ffmpeg_path()
    finally:
        ffmpeg_path.cache_clear()


def _no_exe() -> str:
    raise RuntimeError("No ffmpeg exe could be found.")


def test_ffmpeg_that_cannot_be_started_is_a_503(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_bytes(os.urandom(10))
    with upload(b"fLaC" + bytes(100)) as file, pytest.raises(ServiceUnavailableError):
        open_audio(file, LIMITS, binary=str(program))
