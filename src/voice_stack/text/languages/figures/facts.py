"""The shape of a language's facts of figures: plain text and words, without any rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def pairs(line: str) -> dict[str, str]:
    """Words of a line "mo=month yr=year"; an underscore stands for a space."""
    return {key: value.replace("_", " ") for key, _, value in (pair.partition("=") for pair in line.split())}


def words(line: str) -> frozenset[str]:
    """The words of a line, in no order; an underscore stands for a space."""
    return frozenset(word.replace("_", " ") for word in line.split())


@dataclass(frozen=True, eq=False)
class Parts:
    """Fractions in front of a noun.

    Attributes:
        half: what the half of a noun is called, by its gender ("m" stands for those that are missing).
        part: other fractions; `{part}` and `{noun}`.
        form: index of the noun's form in both.
        mixed: index of the noun's form behind a number with a fraction.
        and_half: what follows the counted noun where the half stands behind it, by gender.
        one_half: one and a half in one word, by gender.
    """

    half: Mapping[str, str] = field(default_factory=dict)
    part: str = "{part} {noun}"
    form: int = 0
    mixed: int = 1
    and_half: Mapping[str, str] = field(default_factory=dict)
    one_half: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Figures:
    """One language's facts of figures. Words that are cues are in lower case and without a full stop.

    Attributes:
        units: lines as in `locale.units`, laid over those of the language; `currencies`, `magnitudes` likewise.
        signs: further signs of currencies, and their codes.
        square: the second power of a unit of length, one template for each of the noun's forms; `cube`, the third.
        per: what is said for the slash of a rate, with `{}` for the noun; `rates`, whole phrases by what is written.
        ratio: `{a}` and `{b}` of 16:9, in `ratio_cases`; `ratio_cues` stand before one that looks like a time.
        out_of: `{a}` and `{b}` of 4/5 as a mark, told by `score_cues` in front or `scores` behind; `of`, of page 1/10,
            told by `of_cues` in front; `of_case` is the last number's.
        phone_cues: words before a telephone number; `phone_shape`, a regex of those that need none.
        code_cues: words before a code that is read digit by digit; `code_shape`, a regex of those that need none.
        weekdays: names by their short forms, without a full stop; `weekday_from` and `weekday_to` have the forms of
            the ends of a range, with the words in front of them.
        eras: what is written behind a year, and said there or, with `{}`, around it.
        circa: abbreviations before a year, and what they stand for.
        durations: lines "h = hour|hours" for d, h, m and s in 1h30m; `duration_cues` stand before 1:02:03.
        duration_and: the last of three parts is linked by "and"; `duration_joint` stands between all of them.
        decade_cues: words before a decade that is no number of seconds, or behind it.
        date_cues: words before a date without a year, "el 24/12"; `dashed_days` if it is written 24-12, too, and
            `dashed_dates` if 4-9-23 is one.
        feet: 5'10" is a length.
        times: what is said for the x of 2x4; `with_slash`, for w/; `tilde`, for one between words.
        plain_spans: a range between two things with their signs is only a dash.
        open_ends: words at the end of a range that begins with a number: 2020–present.
        phone_plus: what is said for the plus of a telephone number, if it is not the usual word.
        comma_mark: a comma is a decimal mark, too, where it divides no groups.
        long_digits: digits in a row from which on they are no number, unless most of them are zeros.
        alone: case of the ordinal that a number with a full stop is if nothing else is in the text; None: it is none.
        compounds: regex of beginnings of words that a number and a hyphen are joined to, in the case "joined".
    """

    units: str = ""
    currencies: str = ""
    magnitudes: str = ""
    signs: Mapping[str, str] = field(default_factory=dict)
    square: str = ""
    cube: str = ""
    per: str = ""
    rates: Mapping[str, str] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    ratio: str = ""
    ratio_cases: tuple[str, str] = ("", "")
    ratio_cues: frozenset[str] = frozenset()
    out_of: str = ""
    of: str = ""
    of_case: str = ""
    of_cues: frozenset[str] = frozenset()
    score_cues: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()
    phone_cues: frozenset[str] = frozenset()
    phone_shape: str = ""
    feet: bool = False
    code_cues: frozenset[str] = frozenset()
    code_shape: str = ""
    weekdays: Mapping[str, str] = field(default_factory=dict)
    weekday_from: Mapping[str, str] = field(default_factory=dict)
    weekday_to: Mapping[str, str] = field(default_factory=dict)
    eras: Mapping[str, str] = field(default_factory=dict)
    circa: Mapping[str, str] = field(default_factory=dict)
    durations: str = ""
    duration_cues: frozenset[str] = frozenset()
    duration_and: bool = False
    duration_joint: str = ""
    decade_cues: frozenset[str] = frozenset()
    date_cues: frozenset[str] = frozenset()
    dashed_days: bool = False
    dashed_dates: bool = False
    times: str = ""
    with_slash: str = ""
    tilde: str = ""
    plain_spans: bool = False
    open_ends: frozenset[str] = frozenset()
    phone_plus: str = ""
    long_digits: int = 11
    comma_mark: bool = False
    alone: str | None = None
    compounds: str = ""
