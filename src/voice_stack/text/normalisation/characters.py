"""Characters before and after everything else: one form of each letter, quote, dash and space."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, islice

from voice_stack.text.languages.locale import Locale
from voice_stack.text.markup.pauses import PAUSE_MARK

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»〝〞＂", '"') | dict.fromkeys("‘’‚‛‹›´ʼ＇", "'"))
_LETTERS = str.maketrans(
    {"…": "...", "ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "№": "No. ", "μ": "µ", "℃": "°C", "℉": "°F"}
    | {"−": "-", "‐": "-", "‑": "-", "﹣": "-", "‒": "–", "―": "—", "⸺": "—", "⁄": "/", "∕": "/", "º": "º"}
    | {"⅓": "1/3 ", "⅔": "2/3 ", "¼": "1/4 ", "½": "1/2 ", "¾": "3/4 ", "⅛": "1/8 ", "⅜": "3/8 ", "⅝": "5/8 "}
    | {"⅞": "7/8 ", "⅕": "1/5 ", "⅖": "2/5 ", "⅗": "3/5 ", "⅘": "4/5 ", "⅙": "1/6 ", "⅚": "5/6 ", "●": "•", "▪": "•"}
    | {
        chr(code): chr(code - 0xFEE0)
        for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    }
    | {
        "％": "%",
        "＆": "&",
        "＋": "+",
        "＝": "=",
        "＃": "#",
        "＠": "@",
        "＄": "$",
        "￥": "¥",
        "／": "/",
        "．": ".",
        "－": "-",
    }
)
_MIXED_FRACTION = re.compile(r"(\d)([⅓⅔¼½¾⅛⅜⅝⅞⅕⅖⅗⅘⅙⅚])")
_SQUARE = re.compile(r"(?<=[a-zа-я])\^?([23])(?![\w])|(?<=[a-zа-я])\^([23])")
_SPACES = re.compile(r"[ \t]+")
# Blanks that do not break stand in a number to group its digits.
_GROUP_BLANK = "[\u00a0\u2007\u2009\u202f]"
_GROUPED = re.compile(rf"(?<![\d.,])(?<!\d{_GROUP_BLANK})\d{{1,3}}(?:{_GROUP_BLANK}\d{{3}})+(?!{_GROUP_BLANK}?\d)")
# Pause marks are held as private-use characters while the rules run. The pattern ignores case in all of Unicode.
_SHELTER = range(0xE000, 0xE200)
# So are the cuts between the pieces of a text: numbered, since a rule may leave one out with what is around it.
_CUT_PLANES = (range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
_CUT = re.compile(f"([{chr(_CUT_PLANES[0].start)}-{chr(_CUT_PLANES[1].stop - 1)}])")
MAX_PIECES = sum(map(len, _CUT_PLANES)) + 1


def shelter(text: str) -> str:
    """Hide inline pause marks in private-use characters, one for one; the text's own such characters are dropped."""
    text = "".join(c for c in text if unicodedata.category(c) != "Co") if not text.isascii() else text
    return PAUSE_MARK.sub(lambda m: "".join(chr(_SHELTER.start + ord(c)) for c in m[0]), text)


def unshelter(text: str) -> str:
    """The text with the pause marks that `shelter` hid."""
    return "".join(chr(ord(c) - _SHELTER.start) if ord(c) in _SHELTER else c for c in text)


def mark_cuts(pieces: Sequence[str]) -> str:
    """The pieces in one text, with marks between them."""
    marks = islice(chain(*_CUT_PLANES), len(pieces) - 1)
    return "".join(chain.from_iterable(zip(pieces, [*map(chr, marks), ""], strict=True)))


def split_cuts(text: str, count: int) -> list[str]:
    """The pieces of a text, at its marks; where a mark was lost there is one that is empty."""
    pieces = [""] * count
    at = 0
    for part in _CUT.split(text):
        if not _CUT.fullmatch(part):
            pieces[at] += part
            continue
        first, second = _CUT_PLANES
        number = ord(part) - first.start if ord(part) in first else ord(part) - second.start + len(first)
        # An entity in the text ("&#983040;") may have made a mark that is none.
        at = number + 1 if at <= number < count - 1 else at
    return pieces


def _kept(c: str) -> str:
    if c == "\n":
        return c
    category = unicodedata.category(c)
    if category in ("Zs", "Zl", "Zp") or c in "\t\r\v\f\x85":
        return "\n" if category in ("Zl", "Zp") or c in "\v\f\x85" else " "
    # Cc control, Cf zero-width and direction marks, Cs lone surrogates, Cn unassigned; variation selectors are Mn.
    if category in ("Cc", "Cf", "Cs", "Cn") or "︀" <= c <= "️":
        return ""
    if "²" <= c <= "³" or c == "¹":
        return c
    digit = unicodedata.decimal(c, None)
    return str(digit) if digit is not None else c


def clean(text: str) -> str:
    """Compose letters, drop what cannot be heard, and write digits, quotes and spaces one way."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.isascii():
        text = _GROUPED.sub(lambda m: re.sub(_GROUP_BLANK, "", m[0]), text)
        text = _MIXED_FRACTION.sub(r"\1 \2", text).translate(_LETTERS).translate(_QUOTES)
    text = _SPACES.sub(" ", "".join(map(_kept, text)))
    return unicodedata.normalize("NFC", text)


_BREAKS = re.compile(r" ?\n[ \n]*")
_SPACE_BEFORE = re.compile(r" +(?=[,.;:!?…](?:[\s\"')]|$))", re.MULTILINE)
_SPACE_BEFORE_CJK = re.compile(r" +(?=[，。、！？；：）」』])|(?<=[，。、！？；：（「『]) +")
_STRAY = re.compile(r"(?m)^[ ]*[,;][ ]*")
_COMMAS = re.compile(r"(?:,[ ]?){2,}")
_STOP_BEFORE_COMMA = re.compile(r"(?<=[^\W\d_]{2})\.(?=[,;] )")
_COMMA_AFTER = re.compile(r"(?<=[.!?:;(\[])[ ]?,(?=[ ]|$)|,(?=[ ]?[.!?;:)\]])", re.MULTILINE)
_LONG_DASH = re.compile(r" ?—++ ?| (?:–++|--++) ?|(?<![–-])(?:–++|--++) |(?<=[^\W\d])--++(?=[^\W\d])")
_LEADING_DASH = re.compile(r"(?m)^ ?[—–] ?")
_SPACED_HYPHEN = re.compile(r"(?<=[^\s\d]) - (?=[^\s\d])")


def dashes(text: str, locale: Locale | None) -> str:
    """Dashes that part a sentence become a comma, which every engine pauses at; hyphens stay."""
    comma = locale.comma if locale else ", "
    text = _LEADING_DASH.sub("", text)
    text = _LONG_DASH.sub(comma, text)
    text = _SPACED_HYPHEN.sub(comma, text)
    return text.replace("–", "-")


def tidy(text: str) -> str:
    """One space between words, none before a mark, paragraphs divided by an empty line."""
    text = _SPACES.sub(" ", text)
    text = _BREAKS.sub("\n\n", text)
    text = _SPACE_BEFORE.sub("", text)
    text = _SPACE_BEFORE_CJK.sub("", text)
    text = _STOP_BEFORE_COMMA.sub("", text)
    text = _COMMAS.sub(", ", text)
    text = _COMMA_AFTER.sub("", text)
    text = _STRAY.sub("", text)
    return _SPACES.sub(" ", text).strip()
