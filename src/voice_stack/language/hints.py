"""Hints to a written language: its script, letters that few others have, its commonest words (`hint_words`).

Data for `detect`, which weighs it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from voice_stack.language.hint_words import COMMON_WORDS

_LATIN: Final = """
    af az bs br ca cs cy da de en es et eu fi fo fr gl ha haw hr ht hu id is it jw la lb ln lt lv mg mi ms mt nl nn no
    oc pl pt ro sk sl sn so sq sr su sv sw tk tl tr uz vi yo
"""
_CYRILLIC: Final = "ru uk bg sr mk be kk tt ba mn tg uz az bs"
# Languages of each script, under the first word of its letters' Unicode names. The first language is the one that a
# text is taken for when nothing in it speaks for another; Latin has none such.
SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "LATIN": tuple(_LATIN.split()),
        "CYRILLIC": tuple(_CYRILLIC.split()),
        "GREEK": ("el",),
        "ARABIC": ("ar", "fa", "ur", "ps", "sd"),
        "HEBREW": ("he", "yi"),
        "DEVANAGARI": ("hi", "mr", "ne", "sa"),
        "BENGALI": ("bn", "as"),
        "GURMUKHI": ("pa",),
        "GUJARATI": ("gu",),
        "TAMIL": ("ta",),
        "TELUGU": ("te",),
        "KANNADA": ("kn",),
        "MALAYALAM": ("ml",),
        "SINHALA": ("si",),
        "THAI": ("th",),
        "LAO": ("lo",),
        "KHMER": ("km",),
        "MYANMAR": ("my",),
        "TIBETAN": ("bo",),
        "GEORGIAN": ("ka",),
        "ARMENIAN": ("hy",),
        "ETHIOPIC": ("am",),
        "MONGOLIAN": ("mn",),
        "HANGUL": ("ko",),
        "KANA": ("ja",),
        "CJK": ("zh", "ja", "yue"),
    }
)

# Other first words of letters' names.
SCRIPT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA", "IDEOGRAPHIC": "CJK"}
)
# How many Latin letters a character of a script stands for, about: a Chinese sentence with an English name in it has
# more Latin letters than others, and is Chinese all the same.
SCRIPT_WEIGHTS: Final[Mapping[str, int]] = MappingProxyType({"CJK": 3, "HANGUL": 3, "KANA": 2})

# Letters, and the two inverted marks, of few languages of a script.
_LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "¿¡": "es",
        "ñ": "es gl eu tl",
        "áíóú": "es pt cs sk hu is gl ca vi fo",
        "ßẞ": "de",
        "äö": "de fi sv et hu tr sk az tk lb",
        "ü": "de hu tr et az tk es lb",
        "æ": "da no nn is fo",
        "ø": "da no nn fo",
        "å": "sv da no nn fi",
        "þ": "is",
        "ð": "is fo",
        "œ": "fr",
        "ç": "fr pt tr ca sq az tk",
        "èê": "fr it pt ca vi",
        "àùì": "fr it ca vi",
        "âîôû": "fr ro pt cy vi tr",
        "ëï": "fr nl sq af ca lb",
        "ã": "pt vi",
        "õ": "pt et vi",
        "łąęńśźć": "pl",
        "ż": "pl mt",
        "ąęėįųūčšž": "lt",
        "ąę": "pl lt",
        "čšž": "cs sk sl hr sr bs lt lv et",
        "řůě": "cs",
        "ľĺŕô": "sk",
        "ďťň": "cs sk",
        "ý": "cs sk is fo tk vi",
        "őű": "hu",
        "ğış": "tr az",
        "ş": "tr az ro tk",
        "ə": "az",
        "ășț": "ro",
        "ţ": "ro",
        "ćđ": "hr bs sr",
        "ć": "pl hr bs sr",
        "āēīģķļņū": "lv",
        "āēīōū": "mi haw",
        "ħġċ": "mt",
        "ŵŷ": "cy",
        "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹơưđ": "vi",
        "ыэё": "ru be",
        "ъ": "ru bg",
        "щ": "ru uk bg",
        "їєґ": "uk",
        "і": "uk be kk",
        "ў": "be uz tg",
        "ђћ": "sr bs",
        "љњџј": "sr mk bs",
        "ѓќѕ": "mk",
        "ә": "kk tt ba az",
        "ұ": "kk",
        "ғқ": "kk uz tg ba",
        "ңүөһ": "kk tt ba mn",
        "җ": "tt",
        "ҙҫҡ": "ba",
        "ӣӯҷҳ": "tg",
        "پچژگ": "fa ur ps sd",
        "کی": "fa ur",
        "ةىكي": "ar",
        "أإؤئ": "ar",
        "ٹڈڑےںہھ": "ur",
        "ټډړښږګۍې": "ps",
        "ڪڻٿڄڃٺڀ": "sd",
        "ײװױ": "yi",
        "ळ": "mr sa",
        "ৰৱ": "as",
        "嘅咗唔係喺啲佢冇嚟嗰哋咁乜睇": "yue",
        "们这说为么吗对时国会来个过还没让从见话东车马鱼语书学习请谢现问题": "zh",
        "們這說為麼嗎對還沒讓從話語謝請": "zh yue",
        "円気駅込働図売読戻歩毎渋沢関帰検単総経広発対応変実験": "ja",
    }
)


def _by_item(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item, language in pairs:
        found[item].add(language)
    return MappingProxyType({item: frozenset(languages) for item, languages in found.items()})


LETTERS: Final = _by_item(
    (letter, language)
    for letters, languages in _LETTERS.items()
    for letter in letters
    for language in languages.split()
)
"""A letter and the languages that it speaks for."""
WORDS: Final = _by_item((word, language) for language, words in COMMON_WORDS.items() for word in words.split())
"""A word in lower case and the languages that it speaks for."""
