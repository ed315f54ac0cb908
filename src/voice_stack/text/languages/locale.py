"""Facts of text in one language: plain data, filled in by the modules beside this one, a file a language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voice_stack.text.languages.figures.facts import Figures
from voice_stack.text.languages.numerals import Numerals
from voice_stack.text.languages.writing.facts import Writing


@dataclass(frozen=True)
class Noun:
    """A counted noun. A form with "{}" takes the number words in that place, one with "=" in front stands without
    them (the Arabic dual), others follow them."""

    forms: tuple[str, ...]
    gender: str = "m"

    def form(self, index: int) -> str:
        """The form of an index of the language's plural rule; the last one stands for those that are missing."""
        return self.forms[min(index, len(self.forms) - 1)]


def noun(forms: str, gender: str = "m") -> Noun:
    """A noun from its forms divided by "|", in the order of the language's plural rule."""
    return Noun(tuple(forms.split("|")), gender)


def listed(line: str) -> tuple[str, ...]:
    """The words of a line, so that tables of words read as text."""
    return tuple(line.split())


def word_set(line: str) -> frozenset[str]:
    """The words of a line, in no order."""
    return frozenset(line.split())


def units(table: str) -> dict[str, Noun]:
    """Nouns from lines "km = kilometre|kilometres"; " @f" or " @n" at the end gives the gender."""
    rows = (line.partition(" = ") for line in table.strip().splitlines())
    return {key.strip(): _noun_of(forms) for key, _, forms in rows}


def currencies(table: str) -> dict[str, tuple[Noun, Noun]]:
    """Major and minor unit from lines "EUR = euro|euros ; cent|cents"."""
    rows = (line.partition(" = ") for line in table.strip().splitlines())
    pairs = ((key.strip(), forms.partition(" ; ")) for key, _, forms in rows)
    return {key: (_noun_of(major), _noun_of(minor)) for key, (major, _, minor) in pairs}


def _noun_of(written: str) -> Noun:
    forms, _, gender = written.strip().partition(" @")
    return noun(forms.strip(), gender or "m")


def fractions(gender: str, *names: str) -> dict[int, Noun]:
    """Names of the half, the third and so on."""
    return {bottom: noun(forms, gender) for bottom, forms in enumerate(names, 2)}


def one_other(n: int) -> int:
    """Plural rule: the first form for one, the second for everything else."""
    return 0 if n == 1 else 1


def below_two(n: int) -> int:
    """Plural rule: the first form for none and one, the second for everything else."""
    return 0 if n < 2 else 1


def invariant(n: int) -> int:
    """Plural rule of languages whose nouns have one form."""
    return 0


@dataclass(frozen=True)
class Clock:
    """Times of the day. `{h}` hour, `{hour}` hour with its noun, `{m}` minute."""

    full: str
    both: str
    hour: Noun = field(default_factory=lambda: noun("{}"))
    zero: str = ""  # said before minutes below ten: "oh five"
    midnight: str = ""  # said for 0:00
    hundred: str = ""  # said for full hours after noon: "fifteen hundred"
    half_day: tuple[str, ...] = ()  # said for am and pm, where times are written so
    marks: tuple[str, ...] = ()  # written after the time and swallowed
    hour_marks: tuple[str, ...] = ()  # written after an hour alone: 21h, 9 Uhr
    sharp: str = ""  # the end of `full` that is left out where more is told of the time
    genitive: frozenset[str] = frozenset()  # hours are put into it behind these words
    twelve: str = ""  # of hours up to twelve, where minutes are linked to those only
    quarters: tuple[str, ...] = ()  # said there for fifteen and thirty minutes
    long: str = ""  # with seconds, the hours; minutes and seconds follow with their nouns
    link: str = ""  # between minutes and seconds


@dataclass(frozen=True)
class Dates:
    """Dates. `order` is how all-digit dates are written: "mdy", "dmy" or "ymd"."""

    months: tuple[str, ...]
    order: str = "dmy"
    spoken: str = "{day} {month}"
    spoken_year: str = "{date} {year}"
    abbreviations: Mapping[str, int] = field(default_factory=dict)
    day_suffix: str = ""  # regex between the day's digits and the month's name
    year_link: str = " "  # regex between the month's name and the year's digits
    year_suffix: str = ""  # regex swallowed after the year's digits
    short: bool = False  # "15.3." is a date
    before: bool = False  # the word in front decides the day's form
    month_first: str = ""  # regex between month and day, for languages that also write "May 3"
    day_ending: str = ""  # regex: what may be written against the day's digits behind the month: "May 3rd"
    ordinary: frozenset[str] = frozenset()  # names of months that are other words in small letters
    decade_suffix: str = ""  # regex: what is written behind a decade's number
    day_first: str = ""  # spoken form where the day was written first, if it differs
    article: str = ""  # said before that form, unless it is written


@dataclass(frozen=True)
class Web:
    """Names of the marks inside addresses."""

    at: str = "at"
    dot: str = "dot"
    slash: str = "slash"
    dash: str = "dash"
    underscore: str = "underscore"
    plus: str = "plus"
    colon: str = "colon"
    hashtag: str = "hashtag"


@dataclass(frozen=True)
class Roman:
    """Places in which Roman numerals are safe to read: after these words, before these nouns, after these names."""

    after: frozenset[str] = frozenset()
    kings: frozenset[str] = frozenset()
    queens: frozenset[str] = frozenset()
    single_i: bool = True


@dataclass(frozen=True)
class Sentences:
    """Ends of sentences, as far as the segmenter's own lists lack it or have it wrong.

    Found by running it over the 1500 most frequent words of each language and over the cases in
    `tests/text/test_sentences.py`. Words are in lower case, without their last full stop.
    """

    prefixes: frozenset[str] = frozenset()  # titles and the like: what follows belongs to them, whatever its case
    numbered: frozenset[str] = frozenset()  # belong to the number behind them, and end a sentence otherwise
    ordinary: frozenset[str] = frozenset()  # ordinary words that the segmenter takes for abbreviations
    after_ordinal: frozenset[str] = frozenset()  # capitalised words behind an ordinal's full stop: "19. Jahrhundert"
    goes_on_behind_date: bool = False  # "2024. 5. 3." ends no sentence
    reported_speech: bool = False  # words behind a quotation that begins a sentence belong to it
    quotative: str = ""  # regex: words behind a quotation that make it a part of the sentence


@dataclass(frozen=True, eq=False)  # compared and hashed by identity: there is one a language
class Locale:
    """One language's tables. Sets of words are compared as written, so both cases are listed where both occur."""

    code: str
    numerals: Numerals
    decimal: str
    groups: str  # characters that may stand between groups of three digits
    plural: Callable[[int], int]
    dates: Dates
    clock: Clock
    minus: str
    span: str  # "{a} to {b}"
    units: Mapping[str, Noun]
    currencies: Mapping[str, tuple[Noun, Noun]]
    money: str  # "{major} and {minor}"
    indian_groups: bool = False  # 12,34,567
    bare_cents: bool = False  # "drei Euro fünfzig": the cents' own noun is not said
    decimal_form: int | None = None  # form of the noun after a decimal; None: as after its whole part
    span_case: str = ""
    dollar: str = "USD"
    yen: str = "JPY"
    nouns: Mapping[str, Noun] = field(default_factory=dict)  # further words whose gender a number must know
    magnitudes: Mapping[str, Noun] = field(default_factory=dict)
    magnitude_link: str = " "  # "tres millones DE euros"
    magnitude_elided: str = ""  # the same before a vowel: "trois millions d'euros"
    prefix_units: tuple[str, ...] = ()  # Turkish writes %5
    genitive_singular: bool = False  # twenty-one and the like take the singular in the genitive, too
    genitive_after: frozenset[str] = frozenset()
    ordinal_suffixes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ordinal_articles: Mapping[str, str] = field(default_factory=dict)  # "2." is an ordinal after these; case
    ordinal_nouns: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    ordinal_needs_dot: bool = False  # "20. století" is an ordinal, "20 století" is not
    ordinal_counted: frozenset[str] = frozenset()  # of these, fewer than a hundred are counted ("2 года")
    dot_ordinals: bool = False  # "2." is an ordinal before a lower-case word
    fractions: Mapping[int, Noun] = field(default_factory=dict)
    fraction_template: str = ""  # "{d}分之{n}", where there is no table
    half: str = ""
    and_half: str = ""
    half_counted: bool = False  # "two" before "and a half" takes the form it has before a noun
    and_fraction: str = ""
    over: str = "/"
    year_words: frozenset[str] = frozenset()
    plain_years: range = range(0)  # four bare digits in this range are a year anywhere
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    before_number: Mapping[str, str] = field(default_factory=dict)
    closing: frozenset[str] = frozenset()  # abbreviations whose point may also end the sentence
    spelled: frozenset[str] = frozenset()
    symbols: Mapping[str, str] = field(default_factory=dict)
    number_sign: str = ""
    web: Web = field(default_factory=Web)
    ambiguous_domains: frozenset[str] = frozenset()
    roman: Roman = field(default_factory=Roman)
    phone_pairs: bool = False  # French says telephone numbers in pairs
    nouns_capitalised: bool = False  # a capital does not tell where a sentence begins
    stop: str = "."
    comma: str = ", "
    spaced: bool = True  # words are divided by spaces
    contraction: str = ""  # regex: what makes another word of the one before it: "can't" is no "can"
    sentences: Sentences = field(default_factory=Sentences)
    clause_words: frozenset[str] = frozenset()  # a clause may begin with them without a mark; in lower case
    leaning_words: frozenset[str] = frozenset()  # belong to what follows, though they are not short: "with", "their"
    clinging_words: frozenset[str] = frozenset()  # belong to what is before them, though they are short: "up", "me"
    clause_breaks: str = ""  # regex: where a match ends, speakers take breath without a mark; beside those words
    particles: bool = False  # words attach to numbers and units without a space
    figures: Figures = field(default_factory=Figures)
    writing: Writing = field(default_factory=Writing)

    @property
    def end(self) -> str:
        """Regex: no more of the same word follows."""
        return r"(?![A-Za-z0-9])" if self.particles or not self.spaced else r"(?!\w)"

    @property
    def flags(self) -> re.RegexFlag:
        """For expressions whose edges are words: letters that attach to numbers are no part of them."""
        return re.ASCII if self.particles or not self.spaced else re.NOFLAG

    @property
    def glue(self) -> str:
        """A space where words are divided by spaces, or nothing."""
        return " " if self.spaced else ""
