"""A file that is edited while it is in use."""

import logging
import os
from pathlib import Path

import pytest

from voice_stack.core.errors import SettingsError
from voice_stack.core.reloaded import ReloadedFile


def read_number(path: Path) -> int:
    try:
        return int(path.read_text())
    except ValueError as error:
        raise SettingsError(f"{path}, line 1: no number") from error


def rewrite(path: Path, content: str) -> None:
    """Change a file so that its time stamp differs, however coarse the file system's clock is."""
    before = path.stat().st_mtime_ns
    path.write_text(content)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_file_is_read_again_when_it_changes_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "number"
    file = ReloadedFile(path, read_number, absent=0)
    assert file.value == 0
    path.write_text("1")
    assert file.value == 1
    rewrite(path, "2")
    assert file.value == 2
    path.unlink()
    assert file.value == 0


def test_a_file_that_stays_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("1")
    reads: list[Path] = []

    def counted(path: Path) -> int:
        reads.append(path)
        return len(reads)

    file = ReloadedFile(path, counted, absent=0)
    assert [file.value for _ in range(3)] == [1, 1, 1]


def test_a_mistake_keeps_what_was_good_and_warns_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "number"
    path.write_text("1")
    file = ReloadedFile(path, read_number, absent=0)
    assert file.value == 1
    rewrite(path, "x")
    with caplog.at_level(logging.WARNING):
        assert [file.value for _ in range(3)] == [1, 1, 1]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "line 1: no number" in caplog.text
    rewrite(path, "3")
    assert file.value == 3


def test_a_mistake_at_the_start_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "number"
    file = ReloadedFile(path, read_number, absent=0)
    file.check()
    path.write_text("x")
    with pytest.raises(SettingsError, match="line 1"):
        file.check()
