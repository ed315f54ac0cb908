"""The useful part of SSML, read into a flat sequence of spans.

`<speak> <p> <s> <break> <say-as> <sub> <phoneme> <emphasis> <prosody rate volume>`. Other elements are read
through: their text is spoken as if they were not there. Any document type is refused, so that there are no entities
but XML's own five, neither nested nor from outside.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn, TypeVar
from xml.parsers import expat

from voice_stack.core.errors import InvalidRequestError, UnsupportedError
from voice_stack.text.markup import prosody
from voice_stack.text.markup.pauses import MAX_PAUSE_S, PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S
from voice_stack.text.markup.spans import Pause, Span, TextSpan

T = TypeVar("T")

_DECLARATION = r"\s*<\?xml\s[^>]{0,200}\?>"
_COMMENT = r"<!--(?:(?!-->).){0,1000}-->\s*"
_BEGINNING = re.compile(
    rf"(?:{_DECLARATION})?\s*(?:{_COMMENT}){{0,3}}<(?:!DOCTYPE\s{{1,20}}speak|(?:\w{{1,20}}:)?speak)[\s/>]", re.DOTALL
)
_CLOSING_MARKS = re.compile(r"[.,;:!?…。！？、，؟،।)\]”’»]{1,8}(?=\s|$)")
_MAX_DEPTH = 64
# Elements that hold nothing but text.
_TEXT_ONLY = frozenset({"phoneme", "say-as"})
# Elements whose content is about the document and not part of the speech.
_SILENT = frozenset({"metadata", "meta", "desc", "lexicon", "token-metadata"})
_BOUNDARIES_S = {
    "p": PARAGRAPH_PAUSE_S,
    "paragraph": PARAGRAPH_PAUSE_S,
    "s": SENTENCE_PAUSE_S,
    "sentence": SENTENCE_PAUSE_S,
}
_UNCHANGED = frozenset({"", "default", "medium", "+0%", "-0%", "0%", "+0hz", "+0st"})


def is_ssml(text: str) -> bool:
    """True for a text that is meant as SSML: it begins with `<speak`, whatever XML puts before it."""
    return _BEGINNING.match(text.removeprefix("\ufeff")) is not None


def parse_ssml(text: str) -> list[Span]:
    """Read SSML into text and pauses.

    White space is collapsed. Sentences and paragraphs that are marked as such end in a pause, unless a `<break>`
    says which. Breaks in one place add up.

    Raises:
        InvalidRequestError: malformed XML, a document type, or a value that makes no sense; with line and column.
        UnsupportedError: a value or attribute of SSML that is not supported; with line and column.
    """
    return _Reader().read(text)


@dataclass(frozen=True)
class _Element:
    """An open element and the style that held outside of it."""

    name: str
    outer: TextSpan


class _Reader:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._open: list[_Element] = []
        self._style = TextSpan("")
        self._hidden = 0  # open elements whose content is not spoken
        self._pieces: list[str] = []
        self._spans: list[Span] = []
        self._boundary_s = 0.0  # the pause that a marked sentence or paragraph asks for, not yet written

    def read(self, text: str) -> list[Span]:
        try:
            self._parser.Parse(_without_declaration(text).encode("utf-8"), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise InvalidRequestError(
                f"The SSML is malformed at line {error.lineno}, column {error.offset + 1}: {reason}.", param="input"
            ) from error
        except UnicodeEncodeError as error:
            raise InvalidRequestError(
                "The SSML holds a lone surrogate, which is no character.", param="input"
            ) from error
        self._flush()
        return _tidy(self._spans)

    def _fail(self, message: str, kind: type[InvalidRequestError] = InvalidRequestError) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise kind(f"SSML, line {line}, column {column}: {message}", param="input")

    def _doctype(self, *_: object) -> None:
        self._fail("a document type is not allowed; leave <!DOCTYPE ...> out.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2].lower()
        if not self._open and name != "speak":
            self._fail(f"the outermost element is <{tag}>; it has to be <speak>.")
        if len(self._open) >= _MAX_DEPTH:
            self._fail(f"elements are nested more than {_MAX_DEPTH} deep.")
        if self._open and self._open[-1].name in _TEXT_ONLY:
            self._fail(f"<{tag}> is not allowed inside <{self._open[-1].name}>, which holds only text.")
        self._open.append(_Element(name, self._style))
        if self._hidden or name in _SILENT:
            self._hidden += 1
            return
        self._flush()
        match name:
            case "p" | "paragraph" | "s" | "sentence":
                self._end_with(_BOUNDARIES_S[name])
            case "break":
                self._break(attributes)
            case "prosody":
                self._prosody(attributes)
            case "emphasis":
                rate, gain = self._pick(prosody.EMPHASIS, attributes.get("level", "moderate"), "emphasis level")
                self._restyle(rate, gain)
            case "say-as":
                self._say_as(attributes)
            case "phoneme":
                self._phoneme(attributes)
            case "sub":
                if not attributes.get("alias", "").strip():
                    self._fail("<sub> needs an alias.")
                self._add(attributes["alias"])
                self._hidden += 1

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if self._hidden:
            self._hidden -= 1
            return
        if element.name == "phoneme" and not "".join(self._pieces).strip():
            self._pieces.clear()
            self._spans.append(self._style)
        self._flush()
        self._style = element.outer
        if element.name in _BOUNDARIES_S:
            self._end_with(_BOUNDARIES_S[element.name])

    def _text(self, text: str) -> None:
        if not self._hidden:
            self._pieces.append(text)

    def _flush(self) -> None:
        text, self._pieces = "".join(self._pieces), []
        if text:
            self._add(text)

    def _add(self, text: str) -> None:
        last = self._spans[-1] if self._spans else None
        if text.isspace() and (not isinstance(last, TextSpan) or self._boundary_s):
            return
        if self._boundary_s and isinstance(last, TextSpan):
            self._spans.append(Pause(self._boundary_s, ends_sentence=True))
            last = None
        self._boundary_s = 0.0
        plain = self._style.phoneme is None and self._style.say_as is None
        if isinstance(last, TextSpan) and last.phoneme is None and last.say_as is None:
            # "<emphasis>now</emphasis>. Then": the full stop is spoken with the word that it ends.
            closing = _CLOSING_MARKS.match(text)
            if closing is not None:
                last = replace(last, text=last.text + closing.group())
                self._spans[-1] = last
                text = text[closing.end() :]
                if not text:
                    return
        if isinstance(last, TextSpan) and (text.isspace() or (plain and replace(last, text="") == self._style)):
            self._spans[-1] = replace(last, text=last.text + text)
        else:
            self._spans.append(replace(self._style, text=text))

    def _end_with(self, seconds: float) -> None:
        self._boundary_s = max(self._boundary_s, seconds)

    def _break(self, attributes: dict[str, str]) -> None:
        if "time" in attributes:
            seconds = prosody.parse_duration(attributes["time"])
            if seconds is None:
                self._fail(f'break time "{attributes["time"]}" is no duration such as "500ms" or "1.5s".')
        else:
            seconds = self._pick(prosody.BREAKS_S, attributes.get("strength", "medium"), "break strength")
        last = self._spans[-1] if self._spans else None
        if isinstance(last, Pause):
            seconds += last.seconds
            self._spans.pop()
        if seconds > MAX_PAUSE_S:
            self._fail(f"a pause of {seconds:g} s is too long; {MAX_PAUSE_S:g} s is the most.")
        ends_sentence = self._boundary_s > 0 or (isinstance(last, Pause) and last.ends_sentence)
        self._boundary_s = 0.0
        self._spans.append(Pause(seconds, ends_sentence))

    def _prosody(self, attributes: dict[str, str]) -> None:
        for name in ("pitch", "range", "contour", "duration"):
            if attributes.get(name, "").strip().lower() not in _UNCHANGED:
                self._fail(f"prosody {name} is not supported; rate and volume are.", UnsupportedError)
        rate = prosody.parse_rate(attributes.get("rate", "default"))
        if rate is None:
            self._fail(
                f'prosody rate "{attributes["rate"]}" is no factor, percentage or any of {_names(prosody.RATES)}.'
            )
        gain = prosody.parse_volume(attributes.get("volume", "default"))
        if gain is None:
            names = _names(prosody.VOLUMES_DB)
            self._fail(f'prosody volume "{attributes["volume"]}" is no decibels, percentage or any of {names}.')
        self._restyle(rate, gain)

    def _restyle(self, rate: float, gain_db: float) -> None:
        rate, gain_db = self._style.rate * rate, self._style.gain_db + gain_db
        if not prosody.MIN_RATE <= rate <= prosody.MAX_RATE:
            self._fail(f"the rate comes to {rate:g}; it has to be from {prosody.MIN_RATE:g} to {prosody.MAX_RATE:g}.")
        if gain_db > prosody.MAX_GAIN_DB:
            self._fail(f"the volume comes to {gain_db:+g} dB; {prosody.MAX_GAIN_DB:+g} dB is the most.")
        self._style = replace(self._style, rate=rate, gain_db=gain_db)

    def _say_as(self, attributes: dict[str, str]) -> None:
        if "interpret-as" not in attributes:
            self._fail("<say-as> needs interpret-as.")
        kind = self._pick(prosody.SAY_AS, attributes["interpret-as"], "interpret-as")
        self._style = replace(self._style, say_as=kind, say_as_format=attributes.get("format", "").strip().lower())

    def _phoneme(self, attributes: dict[str, str]) -> None:
        alphabet = attributes.get("alphabet", "ipa")
        if alphabet.lower() != "ipa":
            self._fail(f'phoneme alphabet "{alphabet}" is not supported; ipa is.', UnsupportedError)
        if not attributes.get("ph", "").strip():
            self._fail("<phoneme> needs ph, the pronunciation in IPA.")
        self._style = replace(self._style, phoneme=attributes["ph"].strip())

    def _pick(self, choices: dict[str, T], value: str, what: str) -> T:
        try:
            return choices[value.strip().lower()]
        except KeyError:
            self._fail(f'{what} "{value}" is not supported; {_names(choices)} are.', UnsupportedError)


def _names(choices: Iterable[str]) -> str:
    return ", ".join(choices)


def _without_declaration(text: str) -> str:
    """The text with its XML declaration blanked out: the encoding it names is void, since the text is decoded."""
    text = text.removeprefix("\ufeff")
    match = re.match(_DECLARATION, text)
    return text if match is None else re.sub(r"[^\n]", " ", match.group()) + text[match.end() :]


def _tidy(spans: list[Span]) -> list[Span]:
    """Collapse white space, and leave none beside pauses and at the ends."""
    tidy: list[Span] = []
    for index, span in enumerate(spans):
        if isinstance(span, Pause):
            tidy.append(span)
            continue
        text = re.sub(r"\s+", " ", span.text)
        if index == 0 or isinstance(spans[index - 1], Pause) or (tidy and _text_of(tidy[-1]).endswith(" ")):
            text = text.lstrip()
        if index + 1 == len(spans) or isinstance(spans[index + 1], Pause):
            text = text.rstrip()
        if text or span.phoneme:
            tidy.append(replace(span, text=text))
    return tidy


def _text_of(span: Span) -> str:
    return span.text if isinstance(span, TextSpan) else ""
