"""The shape of a language's facts of signs and short forms: plain text and words, without any rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Writing:
    """One language's facts of signs and short forms.

    Attributes:
        squared: what follows a base in the second power; `cubed`, in the third.
        power: what follows it in any other; `{n}` for the number, `{o}` for its ordinal.
        times: what is said for the star and the raised dot between numbers.
        king_titles: words before the name of a king or pope; `queen_titles` likewise.
        regnal_endings: case of a ruler's number by the gender and the ending of an inflected name, "ма"; a case in
            capitals names a template of `regnal_before`.
        regnal_before: templates of the number by gender and the word in front of the name; `{o}` for the ordinal.
        after_name: a ruler's number follows the name with a full stop that ends nothing.
        before_name: Roman ordinals with a full stop stand before names and nouns.
        streets: short forms in addresses, which stand before a name, and what they stand for.
        street_ends: short forms at the end of a compound, and what they stand for.
        street_types: short forms behind a name, without their full stop.
        shouted: capitals that are ordinary words in a sentence of nothing but capitals, beside acronyms.
        rank_front: characters in front of a number that make it an ordinal.
        ranked: words behind a number that is a rank and counts nothing; `hour_counters`, characters behind an hour.
        singular: the singular of counted nouns is a modifier behind an article: "a twenty-dollar bill".
    """

    squared: str = ""
    cubed: str = ""
    power: str = ""
    times: str = ""
    king_titles: frozenset[str] = frozenset()
    queen_titles: frozenset[str] = frozenset()
    regnal_endings: Mapping[str, str] = field(default_factory=dict)
    regnal_before: Mapping[str, str] = field(default_factory=dict)
    after_name: bool = False
    before_name: bool = False
    streets: Mapping[str, str] = field(default_factory=dict)
    street_ends: Mapping[str, str] = field(default_factory=dict)
    street_types: Mapping[str, str] = field(default_factory=dict)
    shouted: frozenset[str] = frozenset()
    rank_front: str = ""
    ranked: frozenset[str] = frozenset()
    hour_counters: str = ""
    singular: bool = False
