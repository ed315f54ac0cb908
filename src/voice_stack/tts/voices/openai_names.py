"""Meaning of OpenAI's voice names: openai.yaml of this package, and the user's own over it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from voice_stack.core.located_yaml import mistake, read_yaml
from voice_stack.core.reloaded import ReloadedFile
from voice_stack.language.codes import find_language
from voice_stack.tts.types import OPENAI_VOICES

PACKAGED: Final = Path(__file__).with_name("openai.yaml")

_GENDERS: Final = ("female", "male")
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class _Voice:
    """A name's voice with one engine: in the languages that are listed, and in the others."""

    default: str | None = None
    by_language: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Section:
    """An engine's section of a file; `languages` by code and gender."""

    voices: Mapping[str, _Voice] = field(default_factory=dict)
    languages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _VoiceMap:
    """Content of a file."""

    genders: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, _Section] = field(default_factory=dict)


class OpenAIVoices:
    """The voices behind OpenAI's names. Safe for several threads; the user's file is read again when it changes.

    Args:
        override: the user's file, which need not exist; None for none.
        engines: names of all engines, whose own levels the files may have.
        cloning: engines for which the file's own level (`alloy: anna`) counts, because they speak with recordings.
    """

    names: Final = OPENAI_VOICES

    def __init__(self, override: Path | None, *, engines: Collection[str], cloning: Collection[str]) -> None:
        # What is packaged knows all of our engines, whichever there are here.
        packaged = _read_map(PACKAGED, None, cloning)
        path, known = (PACKAGED, None) if override is None else (override, engines)
        self._file = ReloadedFile(path, lambda path: _merged(packaged, _read_map(path, known, cloning)), packaged)

    def check(self) -> None:
        """Read the user's file, so that mistakes show at the start.

        Raises:
            SettingsError: it cannot be read or an entry makes no sense; names file and line.
        """
        self._file.check()

    def lookup(self, name: str, engine: str, language: str | None) -> str | None:
        """The voice that a name means to an engine: a voice of the engine, or one of the library.

        Args:
            name: in any case.
            engine: its name.
            language: of the text, where it is known.

        Returns:
            None when it is no name of OpenAI's, or when nothing is said about the engine.
        """
        key = name.lower()
        voices = self._file.value
        section = voices.sections.get(engine)
        if key not in self.names or section is None:
            return None
        voice = section.voices.get(key, _Voice())
        code = find_language(language) if language else None
        if code is not None:
            if code in voice.by_language:
                return voice.by_language[code]
            choice = section.languages.get(code)
            if choice:
                return choice.get(voices.genders.get(key, "")) or next(iter(choice.values()))
        return voice.default


def _merged(base: _VoiceMap, over: _VoiceMap) -> _VoiceMap:
    sections = dict(base.sections)
    for engine, section in over.sections.items():
        below = base.sections.get(engine, _Section())
        voices = dict(below.voices)
        for name, voice in section.voices.items():
            known = voices.get(name, _Voice())
            voices[name] = _Voice(voice.default or known.default, {**known.by_language, **voice.by_language})
        languages = dict(below.languages)
        for code, choice in section.languages.items():
            languages[code] = {**languages.get(code, {}), **choice}
        sections[engine] = _Section(voices, languages)
    return _VoiceMap({**base.genders, **over.genders}, sections)


def _read_map(path: Path, engines: Collection[str] | None, cloning: Collection[str]) -> _VoiceMap:
    """One file.

    Args:
        engines: names that it may have a level for; None: any.

    Raises:
        SettingsError: names file and line.
    """
    genders: dict[str, str] = {}
    everywhere: dict[str, str] = {}
    sections: dict[str, _Section] = {}
    for key, node, value in _entries(path, read_yaml(path)):
        if key in OPENAI_VOICES:
            everywhere[key] = _voice_id(path, key, value)
        elif key == "genders":
            genders = _read_genders(path, value)
        elif engines is None or key in engines:
            sections[key] = _read_section(path, value)
        else:
            known = f"{', '.join(engines)}, genders and {', '.join(OPENAI_VOICES)}"
            raise mistake(path, node, f'"{key}" is not known here; {known} are.')
    for engine in cloning if everywhere else ():
        section = sections.get(engine, _Section())
        recorded = {name: _Voice(voice) for name, voice in everywhere.items()}
        sections[engine] = _Section({**recorded, **section.voices}, section.languages)
    return _VoiceMap(genders, sections)


def _read_genders(path: Path, node: yaml.Node) -> dict[str, str]:
    genders: dict[str, str] = {}
    for gender, at, names in _entries(path, node):
        if gender not in _GENDERS:
            raise mistake(path, at, f'"{gender}" is not known here; female and male are.')
        if not isinstance(names, yaml.SequenceNode):
            raise mistake(path, names, f'"{gender}" needs a list of names, such as [alloy, nova].')
        for item in names.value:
            if not isinstance(item, yaml.ScalarNode) or item.value.lower() not in OPENAI_VOICES:
                raise mistake(path, item, f"this is none of OpenAI's names: {', '.join(OPENAI_VOICES)}.")
            genders[item.value.lower()] = gender
    return genders


def _read_section(path: Path, node: yaml.Node) -> _Section:
    voices: dict[str, _Voice] = {}
    languages: dict[str, Mapping[str, str]] = {}
    for key, at, value in _entries(path, node):
        if key in OPENAI_VOICES:
            voices[key] = _read_voice(path, key, value)
        elif key == "languages":
            for name, where, choice in _entries(path, value):
                languages[_language(path, name, where)] = _read_choice(path, name, choice)
        else:
            raise mistake(path, at, f'"{key}" is not known here; languages and {", ".join(OPENAI_VOICES)} are.')
    return _Section(voices, languages)


def _read_voice(path: Path, name: str, node: yaml.Node) -> _Voice:
    if not isinstance(node, yaml.MappingNode):
        return _Voice(_voice_id(path, name, node))
    default = None
    by_language: dict[str, str] = {}
    for key, at, value in _entries(path, node):
        if key == "default":
            default = _voice_id(path, key, value)
        else:
            by_language[_language(path, key, at)] = _voice_id(path, key, value)
    return _Voice(default, by_language)


def _read_choice(path: Path, language: str, node: yaml.Node) -> Mapping[str, str]:
    """The voices of a language by gender."""
    if not isinstance(node, yaml.MappingNode):
        return dict.fromkeys(_GENDERS, _voice_id(path, language, node))
    choice: dict[str, str] = {}
    for gender, at, value in _entries(path, node):
        if gender not in _GENDERS:
            raise mistake(path, at, f'"{gender}" is not known here; female and male are.')
        choice[gender] = _voice_id(path, gender, value)
    return choice


def _entries(path: Path, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Keys in lower case, where they stand, and their values."""
    if node is None or node.tag == _NULL:
        return
    if not isinstance(node, yaml.MappingNode):
        raise mistake(path, node, "a list of `name: value` is needed here.")
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise mistake(path, key, "a name is needed here.")
        name = key.value.strip().lower()
        if name in seen:
            raise mistake(path, key, f'"{name}" is there twice.')
        seen.add(name)
        yield name, key, value


def _voice_id(path: Path, name: str, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL or not node.value.strip():
        raise mistake(path, node, f'"{name}" needs the id of a voice.')
    return str(node.value).strip()


def _language(path: Path, name: str, node: yaml.Node) -> str:
    code = find_language(name)
    if code is None:
        raise mistake(path, node, f'"{name}" is no language; write its code, such as de.')
    return code
