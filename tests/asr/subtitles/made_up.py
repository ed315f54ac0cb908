"""Transcripts that are made up of everything that engines give, and what must hold of their subtitles."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from voice_stack.asr.subtitles.profiles import FULL_WIDTH, Limits, Profile, Shape, limits_for
from voice_stack.asr.subtitles.shape import Subtitles, subtitles
from voice_stack.asr.subtitles.timing import LEAST_MS
from voice_stack.asr.subtitles.units import Unit, units_of
from voice_stack.asr.subtitles.widths import atoms, columns, word_count
from voice_stack.asr.types import Segment, Word
from voice_stack.text.subtitles import Cue

WORDS = {
    "en": "the a of and but because when I you he we said house water never again president extraordinary 1984 it's "
    "Mr. Smith well-known yes no oh London counterrevolutionaries in to from don't",
    "de": "der die und aber weil ich wir Haus Donaudampfschifffahrtsgesellschaft nicht in zum für sehr Straße z.B. ähm",
    "ru": "и но что в на дом вода никогда президент я мы сказал снова",
    "ar": "في من إلى البيت الماء لا نعم قال الرئيس أبدا مرة Netflix",
    "he": "את של הבית המים לא כן אמר הנשיא שוב",
    "ko": "그리고 하지만 집에서 물을 대통령이 말했다 다시 우리는 아니요",
    "ja": "今日 は とても いい 天気 です ね 私 たち が ニュース を 見る ー 「 」 Netflix 2024 年",
    "zh": "今天 的 天气 很 好 我们 看 新闻 但是 因为 他 说 总统 2024 年",
    "th": "วัน นี้ อากาศ ดี มาก เรา ดู ข่าว แต่ เพราะ เขา พูด",
}
UNSPACED = ("ja", "zh", "th")
MARKS = {"ja": ("、", "。", "！", "？"), "zh": ("，", "。", "！", "？"), "ar": ("،", ".", "!", "؟")}
NOISES = (
    "[Music]",
    "(applause)",
    "♪♪",
    "*sighs*",
    "(laughs)",
    "[BLANK_AUDIO]",
    "（音楽）",
    "Amara.org",
    "-->",
    "{\\b1}",
)


@dataclass(frozen=True)
class MadeUp:
    """A transcript as its units, with speakers where somebody has told them apart."""

    language: str
    units: list[Unit]
    text: str


def made_up(seed: int) -> MadeUp:
    """The transcript of a number."""
    chance = random.Random(seed)
    language = chance.choice(list(WORDS))
    segments: list[Segment] = []
    clock = chance.uniform(0, 5)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 8))):
        segment = _segment(chance, language, clock)
        for _ in range(chance.choice((1,) * 12 + (2, 4, 7))):
            segments.append(segment)
            clock = max(clock, segment.end) + chance.choice((0, 0, 0.05, 0.2, 0.4, 1, 3, 20))
            segment = segment.shifted(clock - segment.start)
    units = _with_speakers(chance, units_of(segments))
    return MadeUp(language, units, "".join(segment.text for segment in segments))


def _segment(chance: random.Random, language: str, clock: float) -> Segment:
    blank = "" if language in UNSPACED else " "
    comma, *ends = MARKS.get(language, (",", ".", "!", "?"))
    speed = chance.choice((0.0, 0.02, 0.04, 0.06, 0.06, 0.08, 0.3))
    words: list[Word] = []
    for _ in range(chance.choice((1, 2, 5, 12, 25, 60))):
        text = chance.choice(WORDS[language].split())
        if chance.random() < 0.03:
            text = chance.choice(NOISES)
        text += chance.choice(("",) * 8 + (comma, *ends))
        first = " " if not words and blank else blank
        end = clock + speed * len(text) * chance.uniform(0.5, 2)
        words.append(Word(first + text, clock, end))
        clock = end + chance.choice((0, 0, 0, 0, 0.1, 0.5, 2.5))
    text = "".join(word.text for word in words)
    start, end = words[0].start, words[-1].end
    match chance.randrange(6):
        case 0:
            words = []
        case 1:  # as some servers tell them: without punctuation
            words = [replace(word, text=word.text.strip(",.!?、。，！？،؟ ")) for word in words]
        case 2:  # wrong ones
            words = words[1:]
        case 3:  # an engine that is not sure
            words = [replace(word, start=word.start + chance.uniform(-0.5, 0.5)) for word in words]
    return Segment(start, end, text, words=tuple(words))


def _with_speakers(chance: random.Random, units: Sequence[Unit]) -> list[Unit]:
    if chance.random() < 0.5:
        return list(units)
    speaker = "A"
    found: list[Unit] = []
    for unit in units:
        if chance.random() < (0.3 if unit.text[-1] in ".!?。！？؟" else 0.02):
            speaker = chance.choice("AB")
        found.append(replace(unit, speaker=speaker))
    return found


def in_profile(sample: MadeUp, profile: Profile) -> tuple[Subtitles, Limits]:
    """The subtitles of a transcript, and the limits that they are to keep."""
    limits = limits_for(Shape(profile), sample.language)
    return subtitles(sample.units, limits, sample.language), limits


def violations(sample: MadeUp, made: Subtitles, limits: Limits) -> list[str]:
    """All that does not hold of the subtitles of a transcript."""
    scale = 2 if sample.language in FULL_WIDTH else 1
    return [
        *_of_text(sample, made),
        *(f"{cue}: {wrong}" for cue in made.cues for wrong in _of_lines(cue, limits, scale)),
        *_of_times(made.cues, limits, scale),
    ]


def packed(text: str) -> str:
    """A text without its blanks."""
    return "".join(text.split())


def _of_text(sample: MadeUp, made: Subtitles) -> Iterator[str]:
    shown, gone = packed("".join(cue.text for cue in made.cues)), packed("".join(one.text for one in made.dropped))
    whole = packed(sample.text)
    if len(shown) + len(gone) != len(whole):
        yield f"{len(whole)} characters became {len(shown)}, and {len(gone)} were dropped by name"
    letters = iter(whole)
    if not all(letter in letters for letter in shown):
        yield "the text is not what was heard, in its order"
    tokens, words = " ".join(cue.text for cue in made.cues).split(), sample.text.split()
    # A word of Chinese in a Hebrew text may be parted, as any Chinese may.
    whole_words = sample.language not in UNSPACED and all(len(atoms(word)) == 1 for word in words)
    if not gone and whole_words and tokens != words:
        yield "words were joined or parted"


def _of_lines(cue: Cue, limits: Limits, scale: int) -> Iterator[str]:
    if not cue.text.strip() or cue.text != " ".join(cue.text.split()):
        yield "empty, or with blanks too many"
    if len(cue.lines) > limits.max_line_count:
        yield "too many lines"
    said = [re.sub("^- ?", "", line) for line in cue.lines] if is_dialogue(cue) else list(cue.lines)
    if packed("".join(said)) != packed(cue.text):
        yield "its lines are not its text"
    for line in cue.lines:
        is_word = len(line.split()) == 1 and len(atoms(line)) == 1
        if columns(line) > limits.max_line_width * scale and not is_word:
            yield f"a line of {columns(line) / scale} characters"


def is_dialogue(cue: Cue) -> bool:
    """True where two speakers have a line each."""
    return len(cue.lines) == 2 and packed("".join(cue.lines)) != packed(cue.text)


def _of_times(cues: Sequence[Cue], limits: Limits, scale: int) -> Iterator[str]:
    times = [(round(cue.start * 1000), round(cue.end * 1000)) for cue in cues]
    gap, close = limits.min_gap * 1000, limits.close_gap * 1000
    for number, (start, end) in enumerate(times):
        cue, shown = cues[number], end - start
        following = times[number + 1][0] if number + 1 < len(times) else float("inf")
        room = following - gap - start
        if start < 0 or shown < LEAST_MS or end > following:
            yield f"{cue}: out of order"
        if shown > limits.max_duration * 1000 + 1:
            yield f"{cue}: shown for {shown} ms"
        if following - end < gap - 1 and shown > LEAST_MS:
            yield f"{cue}: {following - end} ms before the next"
        wanted = max(limits.min_duration * 1000, reading_ms(cue, limits, scale))
        if shown < min(wanted, room, limits.max_duration * 1000) - 2:
            yield f"{cue}: shown for {shown} ms of {wanted}, with room for {room}"
        if gap + 1 < following - end < close - 1 and following - gap - start <= limits.max_duration * 1000:
            yield f"{cue}: a gap of {following - end} ms is not closed"


def reading_ms(cue: Cue, limits: Limits, scale: int) -> float:
    """Milliseconds that reading a cue takes at the limits of speed."""
    by_characters = columns(cue.text) / scale / limits.max_cps * 1000
    return max(by_characters, word_count(cue.text) * 60_000 / limits.max_wpm)


def alone(cues: Sequence[Cue]) -> Iterator[tuple[Cue, Cue]]:
    """Neighbours of which one is a single word of a sentence that the other one holds the rest of."""
    for one, two in pairwise(cues):
        if len(one.text.split()) == 1 or len(two.text.split()) == 1:
            yield one, two
