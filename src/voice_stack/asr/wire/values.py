"""Values as clients write them in forms, queries and JSON."""

import math

from voice_stack.core.errors import InvalidRequestError

UNSET_WORDS = ("null", "")
TRUE_WORDS, FALSE_WORDS = ("true", "1", "yes", "on"), ("false", "0", "no", "off", *UNSET_WORDS)


def is_unset(value: str | None) -> bool:
    """True for nothing, for an empty text and for `null`, by which clients leave a field open."""
    return value is None or value.strip().lower() in UNSET_WORDS


def read_number(value: object, param: str) -> float:
    """A finite number from text or JSON."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"{param}={str(value)[:40]!r} is not a number.", param=param) from error
    if not math.isfinite(number):
        raise InvalidRequestError(f"{param} must be a finite number.", param=param)
    return number


def read_bool(value: str | None, param: str, *, default: bool = False) -> bool:
    """A boolean as clients write it: true, false, 1, 0 ...; nothing, empty and `null` are the default."""
    text = "" if value is None else value.strip().lower()
    if text in UNSET_WORDS:
        return default
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise InvalidRequestError(f"{param}={text[:20]!r} must be true or false.", param=param)
