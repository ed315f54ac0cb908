"""Formulas: TeX, powers, indices, products, and the sums of chemistry."""

import re
import unicodedata
from re import Match

from voice_stack.text.languages.locale import Locale

_TEX = re.compile(
    r"(?<![\\$\w])\$\$?(?=[^\s$])([^$\n]{1,300}?)(?<=[^\s\\])\$\$?(?![\d$])|\\\(([^\n]{1,300}?)\\\)|\\\[([^\n]{1,300}?)\\\]"
)
_IS_TEX = re.compile(r"[\\^_={}]|[A-Za-z](?:\s*[-+*/<>]\s*[A-Za-z0-9]+)*\Z")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]{1,80})\}\s*\{([^{}]{1,80})\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]{1,80})\}")
_WORDS = re.compile(r"\\(?:text|mathrm|mathbf|mathit|mathbb|operatorname)\s*\{([^{}]{0,80})\}")
_COMMANDS = {
    "times": "×", "cdot": "×", "div": "÷", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠",
    "ne": "≠", "approx": "≈", "infty": "∞", "left": "", "right": "", "quad": " ", "qquad": " ", "to": "→", "circ": "°",
    "rightarrow": "→", "ldots": "...", "dots": "...",
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]{2,20}) ?")
_SPACING = re.compile(r"\\[,;:! ]")
_STAR_POWER = re.compile(r"(?<![*\w.])([A-Za-z]|\d{1,6}) ?\*\* ?(-?\d{1,3}|[a-z])(?![\w*])")
_PRODUCT = re.compile(
    r"(?<=[\d)]) ?\* ?(?=[\d(])|(?<=[\d)])(?: \* |\*)(?=[A-Za-z](?!\w))"
    r"|(?<![\w*])(?P<a>[A-Za-z]) ?\* ?(?=[A-Za-z0-9](?![\w*]))"
)

_UP = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ"
_LOWERED = "₀-₉₊₋ₐ-ₜ"
_POWER = re.compile(
    rf"(?P<base>\d+(?:[.,]\d+)?|[)\]]|[^\W\d_⁰¹²³⁴-⁹ⁿⁱ{_LOWERED}]{{1,24}})"
    rf"(?:(?P<up>[{_RAISED}]+)|\^(?:\{{(?P<braced>[^{{}}]{{1,20}})\}}|\((?P<round>[^()]{{1,20}})\)|(?P<bare>[-−]?\d{{1,4}}(?!\d|\.\d)|[A-Za-z](?![^\W_]))))"
)
_CHEMICAL = re.compile(r"(?<![^\W_])(?=[A-Za-z()\[\]]*[₀-₉])[A-Z][A-Za-z()\[\]₀-₉]{0,40}(?P<charge>[⁺⁻]|[²³⁴][⁺⁻])?")
_ION = re.compile(r"(?<![\w])(?P<base>[A-Z][a-z]?)(?P<charge>[¹²³⁴]?[⁺⁻])(?!\w)")
_INDEX = re.compile(r"(?<![^\W\d_])([A-Za-zα-ω])_(?:\{([^{}]{1,20})\}|(\w)(?![^\W_]))")
_LOWER = re.compile(f"[{_LOWERED}]+")
_ASCII_CHEMICAL = re.compile(
    r"(?<![\w-])(?:H2O2?|CO2|SO2|SO3|NO2|N2O|NH3|CH4|H2SO4|HNO3|O2|O3|N2|H2|C6H12O6|CaCO3|NaHCO3|H2CO3|H3PO4|C2H5OH|C2H4"
    r"|C2H6)(?![\w-])"
)
_FUNCTIONS = frozenset(("sin", "cos", "tan", "log", "ln", "exp", "cot", "sec", "max", "min"))


def write_formulas(text: str, locale: Locale | None) -> str:
    """Formulas in plain signs, before stars, dashes and backslashes are taken for markup."""
    if "\\" in text or "$" in text:
        over = locale.over if locale else "/"
        text = _TEX.sub(lambda m: _from_tex(m, over), text)
    if "*" in text:
        text = _STAR_POWER.sub(r"\1^\2", text)
        times = locale.writing.times if locale and locale.writing.times else "×"
        text = _PRODUCT.sub(lambda m: f"{m['a'] or ''} {times} ", text)
    return text


def _from_tex(match: Match[str], over: str) -> str:
    inner = (match[1] or match[2] or match[3] or "").strip()
    if match[1] is not None and not _IS_TEX.match(inner) and not re.search(r"[\\^_=]", inner):
        return match[0]
    for _ in range(3):
        inner = _FRACTION.sub(rf"\1 {over} \2", inner)
        inner = _ROOT.sub(r"√\1", inner)
        inner = _WORDS.sub(r"\1", inner)
    inner = _SPACING.sub(" ", inner)
    inner = _COMMAND.sub(lambda m: f" {_COMMANDS.get(m[1], m[1])} ", inner)
    return re.sub(r"(?<![\^_])\{([^{}]*)\}", r"\1", inner.replace("\\", " "))


def speak_formulas(text: str, locale: Locale) -> str:
    """Powers, indices and chemical sums in words; powers of units stay for the amounts."""
    if text.isascii() and "^" not in text and "_" not in text and not _ASCII_CHEMICAL.search(text):
        return text
    text = _ASCII_CHEMICAL.sub(lambda m: _chemical(m[0], "", locale), text)
    text = _CHEMICAL.sub(lambda m: _chemical(m[0].rstrip("⁺⁻²³⁴"), m["charge"] or "", locale), text)
    text = _ION.sub(lambda m: _chemical(m["base"], m["charge"], locale), text)
    text = _INDEX.sub(
        lambda m: f"{m[1]} {m[2] or m[3]}{' ' if m[2] and m.string[m.end() : m.end() + 1].isalnum() else ''}", text
    )
    text = _POWER.sub(lambda m: _power(m, locale), text)
    text = re.sub("\x00 ?[-−–] ?(?=[\\w(])", f" {locale.minus} ", text).replace("\x00", "")
    return _LOWER.sub(lambda m: f" {_number(unicodedata.normalize('NFKC', m[0]).replace('−', '-'), locale)} ", text)


def _number(written: str, locale: Locale) -> str:
    written = written.strip().replace("−", "-").replace("–", "-")
    if written.isdigit():
        return locale.numerals.cardinal(int(written))
    if written[:1] == "-" and written[1:].isdigit():
        return f"{locale.minus}{locale.glue}{locale.numerals.cardinal(int(written[1:]))}"
    return written


def _chemical(formula: str, charge: str, locale: Locale) -> str:
    parts = [
        locale.numerals.cardinal(int(part)) if part.isdigit() else " ".join(part)
        for part in re.findall(r"\d+|[A-Za-z]+", unicodedata.normalize("NFKC", formula))
    ]
    plain = charge.translate(_UP)
    if plain:
        amount = locale.numerals.cardinal(int(plain[:-1])) + " " if plain[:-1] else ""
        parts.append(amount + (locale.minus if plain[-1] == "-" else locale.symbols.get("+", "plus")))
    left = right = " " if not locale.spaced else ""
    return left + " ".join(parts) + right


def _power(match: Match[str], locale: Locale) -> str:
    base, writing = match["base"], locale.writing
    written = (match["up"] or "").translate(_UP) or match["braced"] or match["round"] or match["bare"]
    if unit := _unit(match, locale, written):
        return unit
    letters = base.isalpha()
    if (
        match["up"]
        and letters
        and (
            written == "1"
            or len(base) > 3
            or (len(base) == 3 and base.lower() not in _FUNCTIONS and any(c in "aeiou" for c in base))
        )
    ):
        return base  # a note's number
    if letters and len(base) > 1 and base not in _FUNCTIONS and base.isascii():
        base = " ".join(base) if len(base) <= 3 else base
    number = _number(written, locale)
    if written == "2" and writing.squared:
        said = writing.squared
    elif written == "3" and writing.cubed:
        said = writing.cubed
    else:
        ordinal = (locale.numerals.ordinal(int(written)) if written.isdigit() else None) or number
        said = (writing.power or "{n}").format(n=number, o=ordinal)
    after = match.string[match.end() : match.end() + 1]
    gap = " " if after.isalnum() and locale.spaced else ""
    joint = "" if locale.particles else locale.glue
    return f"{base}{joint}{said}\x00{gap}"


def _unit(match: Match[str], locale: Locale, written: str) -> str | None:
    """The power as it stands, where it is of a unit; its name, where no number is in front of it."""
    base = match["base"]
    sign = {"2": "²", "3": "³"}.get(written)
    if sign is None or f"{base}{sign}" not in locale.units or not base.isalpha():
        return None
    before = match.string[: match.start()][-24:]
    if re.search(r"[\d/·×.]\s?\Z", before) or re.search(r"\d\s?[^\W\d_]+[/ ]\Z", before):
        return f"{base}{sign}"
    formula = re.search(
        r"[=^²³+*×√]",
        match.string[max(0, match.start() - 5) : match.start()] + match.string[match.end() : match.end() + 5],
    )
    return (
        None
        if formula and len(base) == 1
        else locale.units[f"{base}{sign}"].form(0).replace("{}", "").lstrip("=").strip()
    )
