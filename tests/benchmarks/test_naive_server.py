"""The server that the benchmark compares with does work, and one after the other."""

from pathlib import Path

from benchmarks.bench import naive_service
from benchmarks.clients import subtitle, transcribe
from benchmarks.material import write_wav


def test_it_transcribes_and_subtitles(tmp_path: Path) -> None:
    clip = write_wav(tmp_path / "clip.wav", 3.0)
    with naive_service(tmp_path) as server:
        assert len(transcribe(server.v1, clip).split()) > 50
        assert "-->" in subtitle(server.v1, clip)


def test_no_two_requests_send_the_same_sound(tmp_path: Path) -> None:
    clip = write_wav(tmp_path / "clip.wav", 1.0)
    first, second = clip.fresh_wav(), clip.fresh_wav()
    assert first != second
    assert len(first) == len(second) == clip.path.stat().st_size
    assert first[:-16] == second[:-16]
