"""Names and codes of the languages that Whisper knows."""

from voice_stack.language.aliases import ALIASES, UNDETERMINED

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


def base_code(tag: str) -> str:
    """The language of a tag, without its region: `pt` of `pt-BR`, `zh` of `zh_CN`."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def find_language(value: str) -> str | None:
    """Whisper's code for what a client calls a language, or None.

    Accepts codes of two and three letters, former ones too (`en`, `EN`, `ger`, `iw`), names (`english`, `Castilian`)
    and tags with a region or a script (`en-US`, `pt_BR`).
    """
    key = value.strip().lower()
    for candidate in (key, base_code(key)):
        if candidate in LANGUAGES:
            return candidate
        if candidate in _CODE_BY_NAME:
            return _CODE_BY_NAME[candidate]
    return None


def names_no_language(value: str) -> bool:
    """True for what leaves the language open: nothing, `auto`, and codes such as `und`."""
    return not value.strip() or base_code(value.strip()) in UNDETERMINED


def language_name(code: str) -> str:
    """The lower-case English name of a code, or the code itself when it is unknown."""
    return LANGUAGES.get(code, code)
