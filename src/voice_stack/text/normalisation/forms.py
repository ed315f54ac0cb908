"""Forms of letters and numbers that Unicode has for their looks: 𝐇𝐞𝐥𝐥𝐨, ①, ㎏, ㍿, ｱ."""

import re
import unicodedata
from re import Match

_SHAPES = re.compile(
    "[\U0001d400-\U0001d7ff\u2102-\u2115\u2118-\u211d\u2124\u2128\u212c-\u2138\u213c-\u2149\u1d2c-\u1d6a\u1d78"
    "\u1d9b-\u1dbf\u2c7c\u2c7d\ua770\uff61-\uff9f\uffe0-\uffe6\u02b0-\u02b8\u02e0-\u02e4]+"
)
_SQUARED = re.compile("[\u3300-\u33ff]")
_ENCLOSED = re.compile("([\u2460-\u24ff\u2776-\u2793\u3200-\u32ff\U0001f100-\U0001f169])(\ufe0f?)")
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_COMPANIES = {"㈱": "株式会社", "㈲": "有限会社", "㍿": "株式会社", "㏄": "cc", "㏙": "ppm", "㏂": "a.m.", "㏘": "p.m."}
_POWERS = {"2": "²", "3": "³"}
_MORE_FRACTIONS = {"⅐": "1/7 ", "⅑": "1/9 ", "⅒": "1/10 ", "↉": "0/3 "}
_WIDE = {"＜": "<", "＞": ">", "＊": "*", "＾": "^", "＿": "_", "＼": "\\", "｜": "|", "｛": "{", "｝": "}", "～": "~"}
_WIDE |= {
    "［": "[",
    "］": "]",
    "｀": "`",
    "″": '"',
    "′": "'",
    "∗": "*",
    "·": "·",
    "⋅": "×",
    "∙": "×",
    "✕": "×",
    "✖": "×",
}
_PLAIN = str.maketrans(_MORE_FRACTIONS | _WIDE)


def plain_forms(text: str) -> str:
    """The text in ordinary letters and figures. An enclosed number is a list item's where a blank or nothing is in
    front of it, and a reference elsewhere."""
    if text.isascii():
        return text
    text = _KEYCAP.sub(lambda m: chr(0x245F + int(m[1])) if m[1] != "0" else "0 ", text)
    text = _SHAPES.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = _SQUARED.sub(_squared, text)
    text = _ENCLOSED.sub(_enclosed, text)
    return text.translate(_PLAIN)


def _squared(match: Match[str]) -> str:
    if match[0] in _COMPANIES:
        return _COMPANIES[match[0]]
    plain = unicodedata.normalize("NFKC", match[0]).replace("∕", "/").replace("μ", "µ")
    if plain[-1:] in _POWERS and plain[:-1].isalpha() and plain[:-1].isascii():
        plain = plain[:-1] + _POWERS[plain[-1]]
    return plain


def _enclosed(match: Match[str]) -> str:
    sign = match[1]
    if sign in _COMPANIES:
        return _COMPANIES[sign]
    value = unicodedata.numeric(sign, None)
    plain = str(int(value)) if value is not None else unicodedata.normalize("NFKC", sign).strip("()〔〕")
    if not plain.isdigit():
        return plain
    text, start, end = match.string, match.start(), match.end()
    left = "" if not start or not text[start - 1].isalnum() or not text[start - 1].isascii() else " "
    item = not start or text[start - 1] == "\n" or text[:start].endswith("\n ")
    right = ", " if (item and text[end : end + 1].strip()) or (item and text[end : end + 2].strip()) else ""
    if not right and text[end : end + 1].isalnum() and text[end : end + 1].isascii():
        right = " "
    return f"{left}{plain}{right}"
