"""A configured model is a path of this machine or something that a hub knows."""

from pathlib import Path

import pytest

from voice_stack.hub.local import is_local, model_id


@pytest.mark.parametrize(
    ("source", "local", "name"),
    [
        ("coqui/XTTS-v2", False, "coqui/XTTS-v2"),
        ("small", False, "small"),
        ("/srv/models/my-xtts", True, "my-xtts"),
        ("./my-xtts/", True, "my-xtts"),
        ("../elsewhere/my-xtts", True, "my-xtts"),
        ("~/my-xtts", True, "my-xtts"),
        ("here/my-xtts", True, "my-xtts"),
    ],
)
def test_paths_are_told_from_hub_ids(
    source: str, local: bool, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "my-xtts").mkdir(parents=True)
    assert is_local(source) is local
    assert model_id(source) == name
