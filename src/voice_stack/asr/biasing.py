"""Words that a transcription is to favour: one list of all that ask for it."""

from collections.abc import Iterable
from typing import Final

# Engines take a few hundred tokens of them at the most, from the front.
MOST_WORDS: Final = 1000
MOST_CHARACTERS: Final = 200


def favoured(*lists: Iterable[str]) -> tuple[str, ...]:
    """One list of several: each word or name once, in order, so that what matters most comes first.

    Names that a client knows (`transcript_names`) come before keywords of its request, those before terms
    (`transcript_terms`), and the words that are configured for every request last: where an engine has no room for all,
    it is the end that goes.

    Args:
        lists: of words, names and phrases, as clients send them.

    Returns:
        At most `MOST_WORDS`, none empty, none longer than `MOST_CHARACTERS`, and none that differs from another in case
        alone.
    """
    found: dict[str, str] = {}
    for words in lists:
        for word in words:
            plain = " ".join(word.split())
            if plain and len(plain) <= MOST_CHARACTERS:
                found.setdefault(plain.casefold(), plain)
            if len(found) >= MOST_WORDS:
                return tuple(found.values())
    return tuple(found.values())
