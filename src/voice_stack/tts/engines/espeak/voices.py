"""The voices of espeak-ng, read from the files of its data folder: nothing is loaded for it.

There are two kinds. A language file (`lang/gmw/de`) speaks one language, or a variety of it (`en-gb`, `pt-br`). A
variant (`voices/!v/f3`) is another throat for any of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from voice_stack.language.codes import find_language
from voice_stack.tts.types import EngineVoice

DEFAULT: Final = "default"
"""espeak-ng's own throat, in whatever language. The first voice must speak all: a language's own would read anything
else in that language."""

# What speaks a language for which there are several files, where it is not the one named like the language: the
# variety of the most people, as other engines have it.
_USUAL: Final[Mapping[str, str]] = MappingProxyType({"en": "en-us", "pt": "pt-br"})
# The variants worth a listing. Left out are robots, whispers, monsters and experiments, doubles of others, and what
# espeak-ng clips at any amplitude.
_NUMBERED: Final = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
_NAMED: Final = (
    *("adam", "Alex", "Alicia", "Andrea", "Andy", "anika", "Annie", "aunty", "belinda", "benjamin", "boris", "caleb"),
    *("david", "Denis", "Diogo", "edward", "Gene", "grandma", "grandpa", "gustave", "Henrique", "Hugo", "ian", "Lee"),
    *("linda", "Mario", "max", "Michael", "michel", "miguel", "Mike", "norbert", "pablo", "paul", "pedro", "quincy"),
    *("Reed", "rob", "robert", "shelby", "steph", "travis", "victor"),
)


@dataclass(frozen=True, slots=True)
class _Language:
    """A language file: its path under `lang`, the tag that espeak-ng lists it by, and our code of its language."""

    file: str
    tag: str
    code: str


@dataclass(frozen=True, slots=True)
class EspeakVoices:
    """Voices that are installed.

    Attributes:
        listing: all voices, the default one first.
        languages: codes that can be spoken.
    """

    listing: tuple[EngineVoice, ...]
    languages: frozenset[str]
    _by_tag: Mapping[str, _Language]
    _usual: Mapping[str, _Language]
    _variants: Mapping[str, str]

    def knows(self, voice: str) -> bool:
        """True for a voice that can be asked for: a listed one, a further tag of one (`fr`), or both kinds together
        (`de+f3`). Upper and lower case are the same.
        """
        return self._parts(voice) is not None

    def resolve(self, voice: str, language: str) -> str | None:
        """The voice under the name that the library takes it by (`gmw/de+f3`), to speak a language; None if unknown.

        What is spoken is always the utterance's language. A voice of that language says which variety of it (`en-gb`
        for English); a voice of another language has nothing to say of it, and only its variant is heard: text read
        by another language's rules is not understood by anybody.

        Raises:
            KeyError: the language is not one of `languages`.
        """
        parts = self._parts(voice)
        if parts is None:
            return None
        own, variant = parts
        spoken = own if own is not None and own.code == language else self._usual[language]
        return f"{spoken.file}+{variant}" if variant else spoken.file

    def _parts(self, voice: str) -> tuple[_Language | None, str] | None:
        """Language, and the file's name of the variant (empty without) of a voice; None if it is unknown."""
        base, plus, variant = voice.lower().partition("+")
        if plus and variant not in self._variants:
            return None
        if base == DEFAULT:
            return None, self._variants.get(variant, "")
        if base in self._by_tag:
            return self._by_tag[base], self._variants.get(variant, "")
        if base in self._variants and not plus:
            return None, self._variants[base]
        return None


@cache
def installed_voices(data: Path) -> EspeakVoices:
    """The voices in a folder `espeak-ng-data`. Takes some milliseconds the first time.

    Raises:
        OSError: it cannot be read.
    """
    listing = [EngineVoice(DEFAULT, "Default", gender="male", description="The usual voice, in every language.")]
    by_tag: dict[str, _Language] = {}
    others: dict[str, _Language] = {}
    for path in sorted(path for path in (data / "lang").rglob("*") if path.is_file()):
        facts = _facts(path)
        tags = [line.split()[0].lower() for line in facts.get("language", []) if line]
        code = next(filter(None, map(find_language, tags)), None)
        # A script of four letters: the same language for who writes it in Latin or Shavian letters.
        is_transcription = any(len(part) == 4 and part.isalpha() for part in path.name.split("-")[1:])
        dictionary = next(iter(facts.get("dictionary", [])), "") or (tags[0].split("-")[0] if tags else "")
        if code is None or is_transcription or not (data / f"{dictionary}_dict").is_file():
            continue
        language = _Language(path.relative_to(data / "lang").as_posix(), tags[0], code)
        by_tag[language.tag] = language
        others |= {tag: language for tag in tags[1:] if tag not in others}
        unfinished = "testing" in facts.get("status", [])
        listing.append(
            EngineVoice(
                language.tag,
                next(iter(facts.get("name", [])), language.tag),
                languages=(code,),
                gender="male",
                description="Marked as unfinished by espeak-ng." if unfinished else "",
            )
        )
    usual = _usual_languages(by_tag)
    listing[1:] = sorted(listing[1:], key=lambda voice: voice.id)
    variants: dict[str, str] = {}
    for file, voice in _variant_voices(data):
        variants[voice.id] = file
        listing.append(voice)
    return EspeakVoices(
        listing=tuple(listing),
        languages=frozenset(usual),
        _by_tag=MappingProxyType(others | usual | by_tag),
        _usual=MappingProxyType(usual),
        _variants=MappingProxyType(variants),
    )


def _usual_languages(by_tag: Mapping[str, _Language]) -> dict[str, _Language]:
    """The usual voice of each language: the file named like the language, or its only or first one."""
    usual: dict[str, _Language] = {}
    for language in by_tag.values():
        if language.code not in usual or language.file.rpartition("/")[2] == language.code:
            usual[language.code] = language
    return usual | {code: by_tag[tag] for code, tag in _USUAL.items() if tag in by_tag}


def _variant_voices(data: Path) -> Iterator[tuple[str, EngineVoice]]:
    for file in (*_NUMBERED, *_NAMED):
        path = data / "voices" / "!v" / file
        if path.is_file():
            facts = _facts(path)
            # "male 35": an age may follow.
            gender = next(iter(facts.get("gender", [])), "").lower().split(" ")[0]
            name = f"{gender.title()} {file[1:]}" if file in _NUMBERED else file.title()
            yield file, EngineVoice(file.lower(), name, gender=gender, description="Speaks every language.")


def _facts(path: Path) -> dict[str, list[str]]:
    """The lines of a voice file by their first word."""
    facts: dict[str, list[str]] = {}
    for line in path.read_text("utf-8", errors="replace").splitlines():
        word, _, rest = line.split("//")[0].strip().partition(" ")
        if word:
            facts.setdefault(word, []).append(rest.strip())
    return facts
