"""Leaving out what nobody said: marks of music and noise, credits that recognisers make up, repetition loops."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from voice_stack.asr.subtitles.units import Unit
from voice_stack.asr.subtitles.widths import columns

NON_SPEECH: Final = "non_speech"
REPETITION: Final = "repetition"

# Engines write square brackets around nothing that is said. Parentheses and stars may be part of a text: they count
# where they are all of a segment or hold a word of noise.
_SQUARE: Final = re.compile(r"\[[^\[\]]*\]|［[^［］]*］|【[^【】]*】")
_ROUND: Final = re.compile(r"\([^()]*\)|（[^（）]*）|\*[^*]+\*")
_NOTES: Final = re.compile("[♪♫♬♩🎵🎶]")
_MOST_NOISE_WORDS: Final = 5
_NOISE_WORDS: Final = (
    # English
    "music applause cheering cheers laughter laughs laughing laugh chuckles chuckling giggles sighs sigh "
    "sighing coughs "
    "coughing cough gasps gasping sobbing crying screaming screams groans grunts sniffles whispering silence "
    "inaudible "
    "unintelligible noise static beep beeping ringing knocking clapping footsteps singing humming foreign "
    # German, Dutch, Scandinavian
    "musik applaus gelächter lachen lacht seufzt seufzen husten hustet stille muziek gelach musikk skratt "
    # French, Spanish, Portuguese, Italian
    "musique applaudissements rires rire soupir soupire silence música musica aplausos risas risa suspiro "
    "suspira "
    "silencio risos silêncio applausi risate ride sospira silenzio "
    # Russian, Polish, Turkish
    "музыка аплодисменты смех muzyka brawa śmiech müzik alkış kahkaha "
    # Chinese, Japanese, Korean
    "音乐 音樂 掌声 掌聲 笑声 笑聲 笑 音楽 拍手 笑い 無音 음악 박수 웃음 "
    # Arabic, Hebrew
    "موسيقى تصفيق ضحك מוזיקה מחיאות צחוק "
)
_NOISES: Final = frozenset(_NOISE_WORDS.split())
# What recognisers have learnt from subtitles and write where nobody speaks: names that only stand in credits.
_CREDITS: Final = re.compile(
    r"amara\.?\s?org"
    r"|^(untertitel|untertitelung)( im auftrag| der amara| von| des zdf| des wdr|\.? ?br| ?im ?auftrag)"
    r"|^sous-titr(es|age|ages)( réalisés?| fr| st'| par| :| mfp| société)"
    r"|^(subtitles|subtitling|captions?|captioning|transcription) (by|from) "
    r"|^(legendas pela|legendado por|subtítulos (realizados|por)|sottotitoli (creati|e revisione|a cura)) ?"
    r"|^(редактор субтитров|субтитры (сделал|создавал|делал|подогнал))"
    r"|^(字幕由|字幕by|中文字幕志愿者|字幕志愿者|字幕製作)"
    r"|^(ondertitels? (ingediend|door)|ondertiteling)"
    r"|^(napisy (stworzone|wykonane)|altyazı m\.?k)",
    re.IGNORECASE,
)
# A phrase of so many columns is a loop when it comes so often in a row. People repeat short words.
_LOOPS: Final = ((4, 8), (12, 5), (20, 4), (10_000, 3))
_LONGEST_PHRASE: Final = 30
# Seconds behind which the same words are no loop.
_APART_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text that was left out.

    Attributes:
        kind: why: `non_speech`, `repetition`.
    """

    kind: str
    text: str


def without_non_speech(units: Sequence[Unit]) -> tuple[list[Unit], list[Dropped]]:
    """The units without marks of music and noise, segments that hold no letter, and made-up credits."""
    kept: list[Unit] = []
    dropped: list[Dropped] = []
    for segment in _segments(units):
        text = "".join(_written(segment))
        if not any(map(str.isalnum, _NOTES.sub("", text))) or _CREDITS.search(text.strip()):
            dropped.append(Dropped(NON_SPEECH, text.strip()))
            continue
        spans = _marks(text)
        rest = _cut(segment, spans) if spans else segment
        if not any(map(str.isalnum, "".join(unit.text for unit in rest))):
            rest, spans = [], [(0, len(text))]
        dropped += [Dropped(NON_SPEECH, text[begin:end].strip()) for begin, end in spans]
        kept += rest
    return kept, dropped


def without_repetitions(units: Sequence[Unit]) -> tuple[list[Unit], list[Dropped]]:
    """The units without what comes again and again right behind itself; its first time stays.

    Figures stay: `0 0 0` may be a number.
    """
    keys = ["".join(filter(str.isalnum, unit.text)).casefold() for unit in units]
    apart = [n > 0 and unit.start - units[n - 1].end > _APART_S for n, unit in enumerate(units)]
    gone: dict[int, int] = {}
    for length in range(1, min(_LONGEST_PHRASE, len(units) // 2) + 1):
        for begin, matches in _runs(keys, apart, length):
            phrase = keys[begin : begin + length]
            times = matches // length + 1
            if times >= _allowed(phrase):
                end = begin + times * length
                if not any(place in gone for place in range(begin, end)):
                    gone.update(dict.fromkeys(range(begin + length, end), begin))
    dropped: list[Dropped] = []
    for begin in sorted(set(gone.values())):
        again = [units[place] for place, first in gone.items() if first == begin]
        dropped.append(Dropped(REPETITION, "".join(_written(again)).strip()))
    return _reopened([None if place in gone else unit for place, unit in enumerate(units)]), dropped


def _allowed(phrase: Sequence[str]) -> float:
    if not any(character.isalpha() for word in phrase for character in word):
        return float("inf")
    width = columns(" ".join(phrase))
    return next(times for most, times in _LOOPS if width <= most)


def _runs(keys: Sequence[str], apart: Sequence[bool], length: int) -> Iterator[tuple[int, int]]:
    """Places from which on the units are those of `length` units later, and how many are in a row."""
    begin = 0
    for place in range(len(keys) - length + 1):
        later = place + length
        same = later < len(keys) and keys[place] == keys[later] and not apart[later]
        if not same:
            if place - begin >= length:
                yield begin, place - begin
            begin = place + 1


def _segments(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    segment: list[Unit] = []
    for unit in units:
        if unit.opens and segment:
            yield segment
            segment = []
        segment.append(unit)
    if segment:
        yield segment


def _written(units: Sequence[Unit]) -> Iterator[str]:
    for unit in units:
        yield " " + unit.text if unit.spaced else unit.text


def _marks(text: str) -> list[tuple[int, int]]:
    """Places where the marks of a segment's text begin and end, in order, none in another."""
    found = [match.span() for match in _SQUARE.finditer(text)]
    for match in _ROUND.finditer(text):
        rest = text[: match.start()] + text[match.end() :]
        words = re.findall(r"\w+", match[0].casefold())
        is_noise = len(words) <= _MOST_NOISE_WORDS and any(word in _NOISES for word in words)
        if is_noise or not any(map(str.isalnum, rest)):
            found.append(match.span())
    apart: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if apart and begin < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((begin, end))
    return apart


def _cut(segment: Sequence[Unit], spans: Sequence[tuple[int, int]]) -> list[Unit]:
    """A segment's units without stretches of its text."""
    place = 0
    kept: list[Unit | None] = []
    for unit, written in zip(segment, _written(segment), strict=True):
        begin = place + len(written) - len(unit.text)
        place += len(written)
        text = "".join(
            character
            for at, character in enumerate(unit.text, start=begin)
            if not any(first <= at < last for first, last in spans)
        )
        kept.append(unit if text == unit.text else replace(unit, text=text) if text else None)
    return _reopened(kept)


def _reopened(units: Sequence[Unit | None]) -> list[Unit]:
    """The units that are left; what stood behind one that is gone has a blank before it and opens where that did."""
    kept: list[Unit] = []
    opens = spaced = False
    for unit in units:
        if unit is None:
            spaced = True
            continue
        if spaced or opens:
            unit = replace(unit, opens=unit.opens or opens, spaced=unit.spaced or spaced, inner=False)
        kept.append(unit)
        opens = spaced = False
    return kept
