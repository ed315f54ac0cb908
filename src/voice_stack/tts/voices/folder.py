"""Files of the voice library's folder, and the voices that they make."""

import logging
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

logger = logging.getLogger("voice_stack.tts")

SUFFIXES: Final = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".webm")
"""Of recordings. Of two files with one name the first of these is the voice."""

MAX_ID_LENGTH: Final = 64
FACTS_IN_FOLDER: Final = "voice.json"

_NO_VOICES: Final = frozenset({"lexicon"})

_A_FILE: Final = (0, 0, 0)

Stamp = tuple[int, int, int]
"""Times of content and of inode in nanoseconds, and size: differs when a file or folder has changed."""


@dataclass(frozen=True, slots=True)
class StampedFile:
    """A file as it was when the folder was read.

    Attributes:
        stamp: differs when the file has changed.
    """

    path: Path
    stamp: Stamp

    @property
    def name(self) -> str:
        """Name of the file, fit to be printed."""
        return printable(self.path.name)


@dataclass(frozen=True, slots=True)
class FoundVoice:
    """Files that make a voice.

    Attributes:
        id: what requests call it.
        recordings: in order of their names.
        facts: the JSON file beside or among them.
        problem: why it is none, as far as can be told without opening anything.
    """

    id: str
    recordings: tuple[StampedFile, ...] = ()
    facts: StampedFile | None = None
    problem: str | None = None


def find_voices(folder: Path, watched: dict[str, Stamp | None] | None = None) -> list[FoundVoice]:
    """Read the folder: `NAME.wav`, or a folder `NAME` of recordings; facts from `NAME.json` or `NAME/voice.json`.

    Links are followed: whoever puts one there wants that. Nothing is opened. What comes first has a name for itself;
    others that claim it are listed by their file name, with that problem.

    Args:
        watched: filled with the folders and links that were looked at, and their `watch_mark`.

    Returns:
        By id; empty when there is no folder.
    """
    watched = {} if watched is None else watched
    try:
        entries = _listed(os.fspath(folder), watched)
    except FileNotFoundError:
        return []
    except OSError as error:
        logger.warning("The voices in TTS_VOICES_DIR cannot be listed: %s", error.strerror)
        return []
    claims = sorted(_claims(entries, watched), key=lambda claim: (claim[1].id, claim[1].problem is not None, claim[0]))
    voices: dict[str, FoundVoice] = {}
    doubles: list[FoundVoice] = []
    owners: dict[str, str] = {}
    for (_, _, file), voice in claims:
        if voice.id in voices:
            problem = f"There is another voice of this name: {owners[voice.id]}."
            doubles.append(replace(voice, id=file, problem=problem))
        else:
            voices[voice.id] = voice
            owners[voice.id] = file
    return sorted([*voices.values(), *doubles], key=lambda voice: voice.id)


def normal_id(name: str) -> str:
    """The one spelling of a name: file systems differ in how they write `é`."""
    return unicodedata.normalize("NFC", name)


def printable(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 become a replacement character."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _claims(
    entries: Mapping[str, os.DirEntry[str]], watched: dict[str, Stamp | None]
) -> Iterator[tuple[tuple[bool, int, str], FoundVoice]]:
    """Voices, each with its rank among those of the same name: folders first, then by suffix."""
    for entry in entries.values():
        stem, suffix = _split(entry.name)
        if _is_folder(entry):
            if entry.name not in _NO_VOICES:
                voice = _folder_voice(entry, _stamped(entries.get(f"{entry.name}.json")), watched)
                if voice is not None:
                    yield (False, 0, f"{printable(entry.name)}/"), voice
        elif suffix in SUFFIXES:
            voice = _file_voice(entry, stem, _stamped(entries.get(f"{stem}.json")))
            yield (True, SUFFIXES.index(suffix), printable(entry.name)), voice


def _file_voice(entry: os.DirEntry[str], stem: str, facts: StampedFile | None) -> FoundVoice:
    id = normal_id(printable(stem))
    recording = _stamped(entry)
    if recording is None:
        return FoundVoice(id, problem=_not_a_file(entry))
    return FoundVoice(id, (recording,), facts, _bad_name(id))


def _folder_voice(
    folder: os.DirEntry[str], facts: StampedFile | None, watched: dict[str, Stamp | None]
) -> FoundVoice | None:
    """A folder's voice; None when the folder is about something else."""
    id = normal_id(printable(folder.name))
    try:
        entries = _listed(folder.path, watched)
    except OSError as error:
        return FoundVoice(id, problem=f"The folder cannot be read: {error.strerror}.")
    facts = _stamped(entries.get(FACTS_IN_FOLDER)) or facts
    recordings: list[StampedFile] = []
    problem = _bad_name(id)
    for entry in entries.values():
        if _split(entry.name)[1] in SUFFIXES and not _is_folder(entry):
            recording = _stamped(entry)
            if recording is None:
                problem = problem or _not_a_file(entry)
            else:
                recordings.append(recording)
    if not recordings and problem is None:
        if entries and facts is None:
            return None
        problem = f"The folder has no recordings in it: {', '.join(SUFFIXES)}."
    return FoundVoice(id, tuple(recordings), facts, problem)


def _listed(folder: str, watched: dict[str, Stamp | None]) -> dict[str, os.DirEntry[str]]:
    """By name, in order, without what is hidden."""
    watched[folder] = watch_mark(folder)
    with os.scandir(folder) as listing:
        found = {entry.name: entry for entry in sorted(listing, key=lambda e: e.name) if not entry.name.startswith(".")}
    watched.update((entry.path, watch_mark(entry.path)) for entry in found.values() if entry.is_symlink())
    return found


def watch_mark(path: str) -> Stamp | None:
    """Mark that differs when something else would be found in a folder or behind a link. What is in a file is not seen.

    Returns:
        None when it leads to neither a folder nor a file.
    """
    try:
        status = Path(path).stat()
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return stamp(status)
    return _A_FILE if stat.S_ISREG(status.st_mode) else None


def stamp(status: os.stat_result) -> Stamp:
    """Stamp of a file or folder that was looked at."""
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _split(name: str) -> tuple[str, str]:
    """Stem and suffix in lower case, as pathlib has them, which would take most of the time."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix.lower()}") if dot else (name, "")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _stamped(entry: os.DirEntry[str] | None) -> StampedFile | None:
    """None when it is no file, or has just gone."""
    try:
        if entry is None or not entry.is_file():
            return None
        status = entry.stat()
    except OSError:
        return None
    return StampedFile(Path(entry.path), stamp(status))


def _not_a_file(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return f"The link {printable(entry.name)} leads to no file."
    return f"{printable(entry.name)} is no file that can be read."


def _bad_name(id: str) -> str | None:
    """Reason why a name cannot be asked for, or None."""
    allowed = all(character in " ._-" or unicodedata.category(character)[0] in "LMN" for character in id)
    if allowed and (id[:1] == "_" or id[:1].isalnum()) and len(id) <= MAX_ID_LENGTH:
        return None
    return (
        "The name must begin with a letter or digit, have letters, digits, spaces, dots, hyphens and underscores only, "
        f"and at most {MAX_ID_LENGTH} characters. Rename the file."
    )
