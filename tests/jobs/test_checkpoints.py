"""What is left of a job's checkpoints after its process has died."""

from pathlib import Path

import pytest

from voice_stack.jobs.spool.checkpoints import Checkpoints, count_checkpoints


def test_finished_units_are_there_again(tmp_path: Path) -> None:
    written = Checkpoints(tmp_path)
    written.append({"segment": "Grüße\n"}, b"pcm1")
    written.append({"segment": "b"})
    written.append({"segment": "c"}, b"pcm22")
    read = Checkpoints(tmp_path)
    assert read.records == [{"segment": "Grüße\n"}, {"segment": "b"}, {"segment": "c"}]
    assert [read.payload(number) for number in range(3)] == [b"pcm1", b"", b"pcm22"]
    assert count_checkpoints(tmp_path) == len(read) == 3


@pytest.mark.parametrize("tail", [b'[{"n":2},4', b'[{"n":2},4,0]', b"\0\0\0\0\n", b'{"n":2}\n', b"[1,2,3]\n"])
def test_a_torn_line_is_cut_off_and_written_over(tmp_path: Path, tail: bytes) -> None:
    Checkpoints(tmp_path).append({"n": 1}, b"pcm1")
    with (tmp_path / "checkpoints.jsonl").open("ab") as file:
        file.write(tail)
    again = Checkpoints(tmp_path)
    assert again.records == [{"n": 1}]
    again.append({"n": 2})
    assert Checkpoints(tmp_path).records == [{"n": 1}, {"n": 2}]


def test_bytes_that_no_line_names_are_cut_off(tmp_path: Path) -> None:
    Checkpoints(tmp_path).append({"n": 1}, b"pcm1")
    with (tmp_path / "checkpoints.bin").open("ab") as file:
        file.write(b"half a uni")
    again = Checkpoints(tmp_path)
    again.append({"n": 2}, b"pcm2")
    assert [Checkpoints(tmp_path).payload(number) for number in (0, 1)] == [b"pcm1", b"pcm2"]


def test_a_line_whose_bytes_were_lost_does_not_count(tmp_path: Path) -> None:
    written = Checkpoints(tmp_path)
    written.append({"n": 1}, b"pcm1")
    written.append({"n": 2}, b"pcm2")
    (tmp_path / "checkpoints.bin").write_bytes(b"pcm1pc")
    assert Checkpoints(tmp_path).records == [{"n": 1}]


def test_what_is_no_json_changes_nothing(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for record in ({"n": float("nan")}, {"n": object()}):
        with pytest.raises((ValueError, TypeError)):
            checkpoints.append(record, b"pcm")
    assert len(checkpoints) == 0
    assert list(tmp_path.iterdir()) == []


def test_growth_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    Checkpoints(tmp_path, told.append).append({"n": 1}, b"12345")
    assert sum(told) == sum(path.stat().st_size for path in tmp_path.iterdir())
