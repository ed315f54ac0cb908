"""Snapshots on the disk are found without the hub's client."""

import subprocess
import sys
from pathlib import Path

from voice_stack.hub.cache import cached_snapshots


def snapshot(folder: Path, commit: str) -> Path:
    path = folder / "models--acme--voices" / "snapshots" / commit
    path.mkdir(parents=True)
    return path


def test_snapshot_of_main_comes_first(tmp_path: Path) -> None:
    old, new, other = (snapshot(tmp_path, commit) for commit in ("a" * 40, "c" * 40, "b" * 40))
    refs = tmp_path / "models--acme--voices" / "refs"
    refs.mkdir()
    (refs / "main").write_text(new.name)
    assert cached_snapshots("acme/voices", tmp_path) == [new, old, other]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert cached_snapshots("acme/voices", tmp_path / "missing") == []
    (tmp_path / "models--acme--voices").mkdir()
    assert cached_snapshots("acme/voices", tmp_path) == []


def test_snapshot_without_a_branch_is_found(tmp_path: Path) -> None:
    path = snapshot(tmp_path, "a" * 40)
    assert cached_snapshots("acme/voices", tmp_path) == [path]


def test_the_hubs_client_is_not_imported() -> None:
    code = "import sys, voice_stack.hub.cache; print('huggingface_hub' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
