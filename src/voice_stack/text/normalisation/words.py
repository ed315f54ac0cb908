"""Abbreviations, acronyms, symbols and emoji."""

import re
from functools import cache
from re import Match

import emoji

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.roman import roman_value

_VOWELS = frozenset("AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜÝĄĘĚŐŰŮİАЕЁИОУЫЭЮЯІЇЄ")
_CAPITALS = re.compile(r"(?<![\w'])([^\W\d_a-zß-öø-ÿа-яё]{2,6})(s)?(?![\w'])")
_DOTTED_CAPITALS = re.compile(r"(?<![\w.])((?:[A-ZÄÖÜÉ]\.[ ]?){2,8})(?!\w)")
_EMOTICON = re.compile(r"(?<!\S)(?:[:;=]-?[)(DPp|/]|<3|\^\^|xD|XD)(?!\S)")
_ONLY_FRAMES = re.compile(r"[*_\\|^`{}]+")


@cache
def _abbreviations(locale: Locale) -> tuple[re.Pattern[str], dict[str, str], re.Pattern[str] | None]:
    table = dict(locale.abbreviations)
    for key, value in locale.abbreviations.items():
        table.setdefault(key[0].upper() + key[1:], value[0].upper() + value[1:])
    keys = sorted(table, key=len, reverse=True)
    options = "|".join(re.escape(key).replace(r"\ ", " ?") + ("" if key[-1] in "./" else r"(?!\w)") for key in keys)

    def unless_unit(key: str) -> str:
        """Units behind a number are no names of the number behind them: "2 godz. 15 min"."""
        return (r"(?<!\d )" if key in locale.units or key.rstrip(".") in locale.units else "") + re.escape(key)

    numbered = sorted(locale.before_number, key=len, reverse=True)
    before = re.compile(rf"(?<![\w.])({'|'.join(map(unless_unit, numbered))}) ?(?=\d)") if numbered else None
    closing = r"(?=(?P<end>[ ]*$|[ ]*\n|[ ]+[\"']?[^\W\d_a-zß-öø-ÿа-яёąćęłńóśźżěščřžďťňğış])?)"
    return re.compile(rf"(?<![\w.])({options or '(?!)'}){closing}", re.MULTILINE), table, before


def expand_abbreviations(text: str, locale: Locale) -> str:
    """Abbreviations written out."""
    pattern, table, before_number = _abbreviations(locale)
    compact = {key.replace(" ", ""): value for key, value in table.items()}

    def expand(match: Match[str]) -> str:
        key = match[1].replace(" ", "")
        said = compact[key]
        ends = match["end"] is not None
        at_end = ends and not match["end"].strip()
        stop = key.endswith(".") and ends and (at_end or match[1] in locale.closing)
        space = " " if key.endswith(".") and match.end() < len(text) and text[match.end()].isalnum() else ""
        return f"{said}." if stop else said + space

    if locale.number_sign:
        text = re.sub(r"(?<![\w#])# ?(?=\d)", f"{locale.number_sign}{locale.glue}", text)
    if before_number:
        text = before_number.sub(lambda m: f"{locale.before_number[m[1]].strip()} ", text)
    return pattern.sub(expand, text)


def has_vowel(word: str) -> bool:
    """True for capitals that can be read as a word."""
    return any(c in _VOWELS for c in word)


def spell_acronyms(text: str, locale: Locale) -> str:
    """Capitals without a vowel, or listed as spelled, letter by letter; other acronyms are read as words."""

    def spell(match: Match[str]) -> str:
        word = match[1]
        if not all(c.isupper() for c in word):
            return match[0]
        if word not in locale.spelled and has_vowel(word):
            return match[0]
        if roman_value(word) is not None:
            return match[0]
        return " ".join(word) + (match[2] or "")

    def undot(match: Match[str]) -> str:
        letters = [c for c in match[1] if c.isalpha()]
        after = text[match.end() :][:1]
        ends = not after or after == "\n"
        gap = " " if match[1].endswith(" ") else ""
        if gap and after.isupper() is False and len(letters) < 2:
            return match[0]
        return " ".join(letters) + ("." if ends else gap)

    text = _DOTTED_CAPITALS.sub(undot, text)
    return _CAPITALS.sub(spell, text)


def speak_symbols(text: str, locale: Locale) -> str:
    """Signs between words and numbers; the marks of comparison only beside numbers or spaces."""
    symbols = locale.symbols

    def sign(match: Match[str]) -> str:
        said = symbols.get(match[0].strip())
        return f" {said} " if said else match[0]

    text = re.sub(r" ?[&×÷±≈≠≤≥§©√∞] ?", sign, text)
    text = re.sub(r"(?<=[\w)]) ?[+=] ?(?=[\w(])|(?<= )[<>@~](?= )|~(?=\d)|(?<!\w)[+](?=\d)", sign, text)
    return _ONLY_FRAMES.sub(" ", text)


_EMOJI_LANGUAGES = frozenset(("en", "de", "fr", "es", "it", "pt", "ru", "tr", "ar", "zh", "ja", "ko"))


def drop_emoji(text: str, locale: Locale | None) -> str:
    """Emoji and emoticons are left out; a text of nothing else is read by their names, where the language has them."""
    text = _EMOTICON.sub("", text)
    if text.isascii() or not emoji.emoji_count(text):
        return text
    rest = emoji.replace_emoji(text, lambda found, _: found if found in "©" else " ")
    if locale is None or locale.code not in _EMOJI_LANGUAGES or any(c.isalnum() for c in rest):
        return rest
    named = emoji.demojize(text, language=locale.code, delimiters=("\u2060", "\u2060"))
    names = [name.replace("_", " ").replace("-", " ").strip() for name in named.split("\u2060")]
    return locale.comma.join(name for name in names if any(c.isalnum() for c in name))
