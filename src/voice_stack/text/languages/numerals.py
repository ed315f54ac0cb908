"""Number words, one class a language; the general case rests on num2words."""

from typing import Any

# Longer runs of digits are codes, not quantities: they are read digit by digit.
MAX_DIGITS = 15


def converter(code: str) -> Any:
    """A language of num2words, which is imported by the first number: its 40 languages take 5 MB."""
    from num2words import CONVERTER_CLASSES  # type: ignore[import-untyped]

    return CONVERTER_CLASSES[code]


class Numerals:
    """Number words of one language. Languages override what num2words does not do as natives do.

    Genders are "m", "f", "n". `counting` says that a noun follows (Spanish "un kilo", not "uno kilo").
    Cases are the language's own short keys ("" is the nominative).
    """

    def __init__(self, num2words_code: str, point: str, *, fraction_as_number: bool = False) -> None:
        """`point` is the spoken decimal mark; with `fraction_as_number` the decimals are read as one number."""
        self._code = num2words_code
        self.point = point
        self._fraction_as_number = fraction_as_number

    def _plain(self, n: int) -> str:
        return str(converter(self._code).to_cardinal(n)).replace(",", "")

    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        """Words of n, where 0 <= n < 10 ** MAX_DIGITS."""
        return self._plain(n)

    def gender_of(self, n: int, word: str) -> str | None:
        """Gender that n must take before a noun not in the tables, where the noun's ending tells it."""
        return None

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        """Words of the n-th; None where the language's ordinals are not known that far."""
        if not 0 < n < 1_000_000:
            return None
        return str(converter(self._code).to_ordinal(n)).replace(",", "")

    def year(self, n: int) -> str:
        """Words of a year, 1 to 9999."""
        return self.cardinal(n)

    def decade(self, n: int) -> str | None:
        """Words for "the 1990s", where the language writes it so."""
        return None

    def day(self, n: int, before: str = "") -> str:
        """Day of the month, as said beside the month's name; `before` is the word in front of it."""
        return self.cardinal(n)

    def hour(self, n: int, before: str = "") -> str:
        """Words of an hour, 0 to 24; `before` is the word in front of it."""
        return self.cardinal(n)

    def regnal(self, n: int, gender: str = "m") -> str:
        """The number of a king, queen or pope."""
        return self.ordinal(n, gender) or self.cardinal(n)

    def denominator(self, n: int, form: int) -> str | None:
        """The n-th part behind a number that asks for a form of the plural rule, where no table names it."""
        return None

    def digit_word(self, digit: str) -> str:
        """The word of one digit."""
        return self.cardinal(int(digit))

    def digits(self, written: str) -> str:
        """Each digit by itself."""
        return " ".join(self.digit_word(digit) for digit in written)

    def fractional(self, written: str) -> str:
        """The digits after the decimal mark."""
        stripped = written.lstrip("0")
        if not self._fraction_as_number or len(written) > 3 or not stripped:
            return self.digits(written)
        zeros = [self.digit_word("0")] * (len(written) - len(stripped))
        return " ".join([*zeros, self.cardinal(int(stripped))])

    def decimal(self, whole: int, fraction: str) -> str:
        """Words of a whole number with decimals, which are given as written."""
        return f"{self.cardinal(whole)} {self.point} {self.fractional(fraction)}"
