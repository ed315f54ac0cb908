"""The statement that speech is synthetic: what files carry, and what is read from any file.

It is one line, because a line of comment is what every container keeps, and what is carried along when a file is
converted: named fields of one's own are lost on the way to WAV, MP4 and AIFF. The term is the IPTC's for the digital
source of media, which C2PA and others use as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from voice_stack import __version__

SOFTWARE: Final = f"Voice Stack {__version__}"
_TERMS: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_MOST_CHARACTERS: Final = 200


class DigitalSource(StrEnum):
    """Terms of the IPTC for media that a machine has made (cv.iptc.org/newscodes/digitalsourcetype)."""

    TRAINED = "trainedAlgorithmicMedia"
    """By a model that has learnt from samples."""
    ALGORITHMIC = "algorithmicMedia"
    """By rules alone."""
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
    """In part by a model."""
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    """Put together, with at least one synthetic part."""

    @property
    def uri(self) -> str:
        """The term as it is written everywhere."""
        return f"{_TERMS}{self.value}"


_ANY_TERM: Final = re.compile(
    rf"https?://cv\.iptc\.org/newscodes/digitalsourcetype/({'|'.join(DigitalSource)})\b", re.I
)
_FACT: Final = re.compile(r"(?:^|[;\s])(engine|model|generated)=([^;\r\n]{1,200})")


@dataclass(frozen=True, slots=True)
class Statement:
    """Facts that synthetic speech is sent with: neither its text nor its voice.

    Attributes:
        source: kind of machine that made it.
        engine: its name; empty where nothing is said.
        model: id of its model; empty where nothing is said.
        generated: day, in UTC. Not the second: the same request is answered with the same bytes all day, and nobody
            learns when somebody spoke.
    """

    source: DigitalSource
    engine: str = ""
    model: str = ""
    generated: date | None = None

    @property
    def generated_at(self) -> str | None:
        """The start of the day by RFC 3339."""
        return None if self.generated is None else f"{self.generated.isoformat()}T00:00:00Z"

    @property
    def line(self) -> str:
        """All of it, for people and machines."""
        facts = {
            "digitalSourceType": self.source.uri,
            "software": SOFTWARE,
            "engine": _one_word(self.engine),
            "model": _one_word(self.model),
            "generated": self.generated.isoformat() if self.generated else "",
        }
        told = "; ".join(f"{name}={value}" for name, value in facts.items() if value)
        return f"AI-generated speech: no human being said this. {told}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of a file, by FFmpeg's names."""
        return {"comment": self.line, "software": SOFTWARE, "digitalsourcetype": self.source.uri}


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()


def read_statement(tags: Iterable[tuple[str, str]]) -> Statement | None:
    """The statement in a file's tags, ours or another's in the IPTC's terms; None where nothing says synthetic.

    Args:
        tags: names and values.
    """
    source: DigitalSource | None = None
    for _, value in tags:
        term = _ANY_TERM.search(value)
        if term is None:
            continue
        source = next(one for one in DigitalSource if one.lower() == term[1].lower())
        facts = {name: text.strip() for name, text in _FACT.findall(value[term.end() :])}
        if facts:
            return Statement(source, facts.get("engine", ""), facts.get("model", ""), _day(facts.get("generated", "")))
    return Statement(source) if source is not None else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _one_word(text: str) -> str:
    """Printable ASCII without what separates facts."""
    return "".join(c if "!" <= c <= "~" and c not in ";=" else "_" for c in text.strip())[:_MOST_CHARACTERS]
