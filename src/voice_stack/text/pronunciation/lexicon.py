"""Pronunciation lexicon: words and how to say them, one editable YAML file a language.

    # en.yaml
    nginx: engine x                    # respelling, for every engine
    GIF: {say: jif}
    tomato: {ipa: təˈmeɪtoʊ}           # IPA, for engines that take it
    SQL: {say: sequel, ipa: ˈsiːkwəl}  # each engine gets what it can use
    Polish: {ipa: ˈpoʊlɪʃ, case: exact}

An entry in lower case matches any case, one with a capital only what is written like it, so that `US` is not "us";
`case: exact` or `case: any` says otherwise. Only whole words match, and the longest entry wins.

A file has at most `MAX_ENTRIES` entries, a word at most `MAX_WORD` characters, what is said for it `MAX_SAID`.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from voice_stack.core.errors import SettingsError
from voice_stack.core.located_yaml import mistake, read_yaml
from voice_stack.core.reloaded import ReloadedFile
from voice_stack.language.codes import base_code
from voice_stack.text.languages import locale_for
from voice_stack.text.scripts import is_cjk, is_hangul

MAX_ENTRIES: Final = 20_000
MAX_WORD: Final = 100
MAX_SAID: Final = 300

_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class Entry:
    """One word or phrase; at least one of `say` and `ipa` is there."""

    word: str
    say: str | None = None
    ipa: str | None = None
    exact: bool = False


@dataclass(frozen=True)
class _Table:
    """The entries of one file, found in a time that does not grow with their number.

    Attributes:
        entries: by word in lower case; those that ask for more come first.
        lengths: of the words that begin with a character (in lower case), longest first.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def starting_at(self, text: str, position: int) -> Iterator[Entry]:
        """Entries that the text has at a position, longest first, wherever the word ends."""
        for length in self.lengths.get(text[position].lower(), ()):
            found = text[position : position + length]
            for entry in self.entries.get(found.lower(), ()):
                if len(entry.word) == len(found) and (found == entry.word or not entry.exact):
                    yield entry


_NO_ENTRIES: Final = _Table()


class Lexicon:
    """The lexicon of a folder. Safe for several threads; files are read again when they change.

    Args:
        folder: holds `en.yaml`, `de.yaml` and so on; None or a folder that does not exist for no entries.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: dict[str, tuple[ReloadedFile[_Table], ...]] = {}

    def check(self) -> None:
        """Read every file, so that mistakes show at the start.

        Raises:
            SettingsError: a file cannot be read or an entry makes no sense; names file and line.
        """
        for path in sorted([*self._folder.glob("*.yaml"), *self._folder.glob("*.yml")]) if self._folder else []:
            if not _LANGUAGE.fullmatch(path.stem):
                raise SettingsError(f"{path}: a lexicon is named after its language's code, such as en.yaml.")
            read_entries(path)

    def matches(self, text: str, language: str) -> Iterator[tuple[str, Entry | None]]:
        """The text in pieces, in order, each with the entry that it matches."""
        table = self._table(base_code(language))
        contraction = _contraction(language)
        text = unicodedata.normalize("NFC", text)
        position = 0
        done = 0
        while table.entries and position < len(text):
            entry = _entry_at(text, position, table, contraction) if _is_edge(text, position) else None
            if entry is None:
                position += 1
                continue
            if done < position:
                yield text[done:position], None
            done = position + len(entry.word)
            yield text[position:done], entry
            position = done
        if done < len(text):
            yield text[done:], None

    def _table(self, language: str) -> _Table:
        if self._folder is None or not _LANGUAGE.fullmatch(language):
            return _NO_ENTRIES
        with self._lock:
            if language not in self._files:
                paths = (self._folder / f"{language}{ending}" for ending in (".yaml", ".yml"))
                self._files[language] = tuple(ReloadedFile(path, _read_table, _NO_ENTRIES) for path in paths)
            files = self._files[language]
        return next((table for file in files if (table := file.value).entries), _NO_ENTRIES)


def read_entries(path: Path) -> list[Entry]:
    """The entries of a lexicon file.

    Raises:
        SettingsError: unreadable, not YAML, or not entries; names file and line.
    """
    root = read_yaml(path)
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise mistake(path, root, "a lexicon is a list of `word: respelling` or `word: {say: ..., ipa: ...}`.")
    if len(root.value) > MAX_ENTRIES:
        raise mistake(path, root, f"{len(root.value):,} entries are too many: at most {MAX_ENTRIES:,} are taken.")
    entries: dict[str, Entry] = {}
    for key, value in root.value:
        entry = _read_entry(path, key, value)
        if entry.word in entries:
            raise mistake(path, key, f'"{entry.word}" is there twice.')
        entries[entry.word] = entry
    return list(entries.values())


def _read_entry(path: Path, key: yaml.Node, value: yaml.Node) -> Entry:
    if not isinstance(key, yaml.ScalarNode) or not (word := unicodedata.normalize("NFC", key.value.strip())):
        raise mistake(path, key, "a word is missing here.")
    if len(word) > MAX_WORD:
        raise mistake(path, key, f"a word of {len(word):,} characters is too long: it may have {MAX_WORD}.")
    if isinstance(value, yaml.ScalarNode):
        fields = {"say": value.value.strip()}
    elif isinstance(value, yaml.MappingNode) and all(
        isinstance(k, yaml.ScalarNode) and isinstance(v, yaml.ScalarNode) for k, v in value.value
    ):
        fields = {k.value: v.value.strip() for k, v in value.value}
    else:
        raise mistake(path, value, f'"{word}" needs a respelling or {{say: ..., ipa: ...}}.')
    if unknown := fields.keys() - {"say", "ipa", "case"}:
        raise mistake(path, value, f'"{word}" has "{min(unknown)}"; say, ipa and case are known.')
    case = fields.get("case", "any" if word == word.lower() else "exact")
    if case not in ("any", "exact"):
        raise mistake(path, value, f'"{word}" has the case "{case}"; any and exact are known.')
    if not fields.get("say") and not fields.get("ipa"):
        raise mistake(path, value, f'"{word}" has neither a respelling nor IPA.')
    if (longest := max(len(fields.get(said, "")) for said in ("say", "ipa"))) > MAX_SAID:
        raise mistake(path, value, f'"{word}" is said in {longest:,} characters; it may have {MAX_SAID}.')
    return Entry(word, fields.get("say") or None, fields.get("ipa") or None, case == "exact")


def _read_table(path: Path) -> _Table:
    return _indexed(read_entries(path))


def _indexed(entries: Sequence[Entry]) -> _Table:
    table = _Table()
    lengths: dict[str, set[int]] = {}
    for entry in sorted(entries, key=lambda e: not e.exact):
        table.entries.setdefault(entry.word.lower(), []).append(entry)
        lengths.setdefault(entry.word[0].lower(), set()).add(len(entry.word))
    table.lengths.update((first, tuple(sorted(found, reverse=True))) for first, found in lengths.items())
    return table


def _contraction(language: str) -> re.Pattern[str]:
    """Letters that follow no word of the lexicon: "can" is none in "can't", while "GIF's", "l'SQL" and "Ankara'da" hold
    the words before and behind."""
    locale = locale_for(language)
    return re.compile((locale and locale.contraction) or "(?!)", re.IGNORECASE)


def _entry_at(text: str, position: int, table: _Table, contraction: re.Pattern[str]) -> Entry | None:
    for entry in table.starting_at(text, position):
        end = position + len(entry.word)
        if _is_edge(text, end) and not contraction.match(text, end):
            return entry
    return None


def _is_edge(text: str, position: int) -> bool:
    """True where a word can begin or end: not between two characters of one word."""
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if unicodedata.category(after).startswith("M"):
        return False
    if not _is_of_word(text, position - 1) or not _is_of_word(text, position):
        return True
    return is_cjk(before) or is_cjk(after) or is_hangul(before) != is_hangul(after)


def _is_of_word(text: str, at: int) -> bool:
    """Letters, marks and digits are, and underscores between them; at an edge they are Markdown's."""
    if text[at] != "_":
        return _is_word_character(text[at])
    before, after = text[max(0, at - 3) : at].rstrip("_")[-1:], text[at : at + 3].lstrip("_")[:1]
    return bool(before and after) and _is_word_character(before) and _is_word_character(after)


def _is_word_character(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
