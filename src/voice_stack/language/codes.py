"""Names and codes of the languages that Whisper knows."""

import re
from collections.abc import Collection
from typing import Final

from voice_stack.language.aliases import ALIASES, QUALIFIERS, UNDETERMINED

# Whisper's codes (ISO 639-1 where there is one) and OpenAI's lower-case English names.
LANGUAGES: dict[str, str] = {
    "en": "english",
    "zh": "chinese",
    "de": "german",
    "es": "spanish",
    "ru": "russian",
    "ko": "korean",
    "fr": "french",
    "ja": "japanese",
    "pt": "portuguese",
    "tr": "turkish",
    "pl": "polish",
    "ca": "catalan",
    "nl": "dutch",
    "ar": "arabic",
    "sv": "swedish",
    "it": "italian",
    "id": "indonesian",
    "hi": "hindi",
    "fi": "finnish",
    "vi": "vietnamese",
    "he": "hebrew",
    "uk": "ukrainian",
    "el": "greek",
    "ms": "malay",
    "cs": "czech",
    "ro": "romanian",
    "da": "danish",
    "hu": "hungarian",
    "ta": "tamil",
    "no": "norwegian",
    "th": "thai",
    "ur": "urdu",
    "hr": "croatian",
    "bg": "bulgarian",
    "lt": "lithuanian",
    "la": "latin",
    "mi": "maori",
    "ml": "malayalam",
    "cy": "welsh",
    "sk": "slovak",
    "te": "telugu",
    "fa": "persian",
    "lv": "latvian",
    "bn": "bengali",
    "sr": "serbian",
    "az": "azerbaijani",
    "sl": "slovenian",
    "kn": "kannada",
    "et": "estonian",
    "mk": "macedonian",
    "br": "breton",
    "eu": "basque",
    "is": "icelandic",
    "hy": "armenian",
    "ne": "nepali",
    "mn": "mongolian",
    "bs": "bosnian",
    "kk": "kazakh",
    "sq": "albanian",
    "sw": "swahili",
    "gl": "galician",
    "mr": "marathi",
    "pa": "punjabi",
    "si": "sinhala",
    "km": "khmer",
    "sn": "shona",
    "yo": "yoruba",
    "so": "somali",
    "af": "afrikaans",
    "oc": "occitan",
    "ka": "georgian",
    "be": "belarusian",
    "tg": "tajik",
    "sd": "sindhi",
    "gu": "gujarati",
    "am": "amharic",
    "yi": "yiddish",
    "lo": "lao",
    "uz": "uzbek",
    "fo": "faroese",
    "ht": "haitian creole",
    "ps": "pashto",
    "tk": "turkmen",
    "nn": "nynorsk",
    "mt": "maltese",
    "sa": "sanskrit",
    "lb": "luxembourgish",
    "my": "myanmar",
    "bo": "tibetan",
    "tl": "tagalog",
    "mg": "malagasy",
    "as": "assamese",
    "tt": "tatar",
    "haw": "hawaiian",
    "ln": "lingala",
    "ha": "hausa",
    "ba": "bashkir",
    "jw": "javanese",
    "su": "sundanese",
    "yue": "cantonese",
}

_CODE_BY_NAME = {name: code for code, name in LANGUAGES.items()} | ALIASES
# No name of a language is longer; whoever sends more gets no work out of us.
_NAME_CHARS: Final = 100
# ISO 639-2 leaves qaa to qtz to whoever needs them; broadcasters mark the original sound with them.
_PRIVATE_CODE = re.compile(r"q[a-t][a-z]")


def base_code(tag: str) -> str:
    """The language of a tag, without its region: `pt` of `pt-BR`, `zh` of `zh_CN`."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def find_language(value: str) -> str | None:
    """Whisper's code for what a client calls a language, or None.

    Accepts codes of two and three letters, former ones too (`en`, `EN`, `ger`, `iw`), names (`english`, `Castilian`,
    `Brazilian Portuguese`, and as ISO 639 writes them: `Greek, Modern (1453-)`, `Catalan; Valencian`) and tags with
    a region or a script (`en-US`, `pt_BR`).
    """
    tag = " ".join(value.lower().split())
    subtags = tag.replace("_", "-").split("-")
    for length in range(len(subtags), 0, -1):
        code = _code("-".join(subtags[:length]))
        if code is not None:
            return code
    named = {_by_name(name) for name in re.sub(r"\([^()]*\)", " ", tag[:_NAME_CHARS]).split(";")}
    return named.pop() if len(named) == 1 else None


def _code(word: str) -> str | None:
    return word if word in LANGUAGES else _CODE_BY_NAME.get(word)


def _by_name(name: str) -> str | None:
    """The code of a name with words before it, or behind it after a comma."""
    last, _, first = name.partition(",")
    words = [*first.split(), *last.split()]
    # The whole first: `norwegian nynorsk` is a language of its own.
    for start in range(len(words)):
        code = _code(" ".join(words[start:]))
        if code is not None and QUALIFIERS.issuperset(words[:start]):
            return code
    return None


def language_pattern(codes: Collection[str]) -> str:
    """Regular expression of what requests may call languages, in lower case, and of what names none (`auto`, nothing).

    Args:
        codes: of the languages that are known.
    """
    words = sorted(word for word in {*LANGUAGES, *_CODE_BY_NAME} if _CODE_BY_NAME.get(word, word) in codes)
    return f"^(?:{'|'.join(sorted(UNDETERMINED))}|(?:{'|'.join(words)})(?:[-_][A-Za-z0-9-]*)?)?$"


def names_no_language(value: str) -> bool:
    """True for what leaves the language open: nothing, `auto`, and codes and words such as `und`."""
    base = base_code(value.strip())
    return not value.strip() or base in UNDETERMINED or _PRIVATE_CODE.fullmatch(base) is not None


def language_name(code: str) -> str:
    """The lower-case English name of a code, or the code itself when it is unknown."""
    return LANGUAGES.get(code, code)
