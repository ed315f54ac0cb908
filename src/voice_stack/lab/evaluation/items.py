"""Files to evaluate, with their texts and references: named, found in folders, or listed in a manifest."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import find_language

SUFFIXES: Final = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".m4b", ".aac", ".aiff", ".aif", ".webm", ".mp4"}
)
"""Of files that a folder is searched for."""

_TEXTS: Final = (".txt", ".lab", ".normalized.txt")
_MANIFESTS: Final = frozenset({".jsonl", ".csv", ".tsv"})


@dataclass(frozen=True, slots=True)
class Item:
    """A file to evaluate.

    Attributes:
        path: of the file.
        text: what is said in it, or None.
        reference: the recording that it is compared with, or None.
        language: ISO 639-1 code, or None.
        rtf: seconds of computing for each second of it, where somebody has measured that.
    """

    path: Path
    text: str | None = None
    reference: Path | None = None
    language: str | None = None
    rtf: float | None = None


def find_items(
    paths: Sequence[Path], *, text: str | None = None, reference: Path | None = None, language: str | None = None
) -> list[Item]:
    """The files of files, folders and manifests, in order.

    A manifest (.jsonl, .csv, .tsv) has a file on each line: `path` and, if wanted, `text`, `reference`, `language`; its
    paths are relative to it. Else the text of `a.wav` is in `a.txt` or `a.lab` beside it.

    Args:
        text: of all of them.
        reference: one file for all, or a folder with one of the same stem for each.

    Raises:
        InvalidRequestError: there is no such file, a folder has none, or a manifest has a mistake.
    """
    found: list[Item] = []
    for path in paths:
        if path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.suffix.lower() in SUFFIXES and one.is_file()]
            if not inside:
                raise InvalidRequestError(f"There are no recordings in {path}.")
            found += [Item(one, _beside(one)) for one in inside]
        elif not path.is_file():
            raise InvalidRequestError(f"There is no file {path}.")
        elif path.suffix.lower() in _MANIFESTS:
            found += list(_listed(path))
        else:
            found.append(Item(path, _beside(path)))
    references = _references(reference)
    return [
        Item(
            item.path,
            text if text is not None else item.text,
            item.reference or references(item.path),
            item.language or language,
            item.rtf,
        )
        for item in found
    ]


def _beside(path: Path) -> str | None:
    """Text in a file of the same stem."""
    for suffix in _TEXTS:
        text = path.with_name(path.stem + suffix)
        if text.is_file():
            return text.read_text("utf-8", "replace").strip()
    return None


def _references(reference: Path | None) -> Any:
    if reference is None:
        return lambda path: None
    if reference.is_dir():
        by_stem = {one.stem: one for one in sorted(reference.rglob("*")) if one.suffix.lower() in SUFFIXES}
        if not by_stem:
            raise InvalidRequestError(f"There are no recordings in {reference}.")
        return lambda path: by_stem.get(path.stem)
    if not reference.is_file():
        raise InvalidRequestError(f"There is no file {reference}.")
    return lambda path: reference


def _listed(manifest: Path) -> Iterator[Item]:
    for number, line in enumerate(_lines(manifest), start=1):
        place = f"{manifest}, entry {number}"
        path = line.get("path")
        if not isinstance(path, str) or not path:
            raise InvalidRequestError(f"{place}: there is no `path`.")
        language = str(line.get("language") or "")
        code = find_language(language) if language else None
        if language and code is None:
            raise InvalidRequestError(f"{place}: {language!r} is no language that is known here.")
        file = manifest.parent / path
        if not file.is_file():
            raise InvalidRequestError(f"{place}: there is no file {file}.")
        reference = str(line.get("reference") or "")
        text = line.get("text")
        rtf = line.get("rtf")
        yield Item(
            file,
            str(text) if text not in (None, "") else None,
            manifest.parent / reference if reference else None,
            code,
            float(rtf) if isinstance(rtf, int | float) else None,
        )


def _lines(manifest: Path) -> Iterable[Mapping[str, Any]]:
    text = manifest.read_text("utf-8-sig", "replace")
    if manifest.suffix.lower() != ".jsonl":
        return csv.DictReader(text.splitlines(), delimiter="\t" if manifest.suffix.lower() == ".tsv" else ",")
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                one = json.loads(line)
            except ValueError as error:
                raise InvalidRequestError(f"{manifest}, line {number}: it is no JSON.") from error
            if not isinstance(one, dict):
                raise InvalidRequestError(f"{manifest}, line {number}: it is no JSON object.")
            found.append(one)
    return found
