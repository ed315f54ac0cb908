"""Sentence segmentation for every language that XTTS speaks.

The work is done by sentencex (Wikimedia; compiled, close to linear, keeps every character). Alone it has 40 of the 158
cases in `tests/text/test_sentences.py` wrong; pysbd has 46, knows none of pt, cs, tr, hu and ko, and can drop text;
syntok has 58. Bling Fire had a few less, but ships for x86 only. What is left is mended here: boundaries that are none
are taken out, missed ones are put in.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import sentencex

from voice_stack.language.codes import base_code
from voice_stack.text.languages import locale_for
from voice_stack.text.languages.locale import Sentences
from voice_stack.text.scripts import is_cjk

# The library's time grows with the square of the number of open quotes, so it never sees more than this at once.
_WINDOW = 3000
# How much of the neighbours a rule looks at.
_NEAR = 60
# A line this short was ended on purpose; longer ones may be the wrapped lines of a paragraph.
_WRAPPED_LINE = 50

_TERMINATORS = ".!?…。！？｡؟۔।॥"
_CLOSERS = "\"'”’»›)]}」』）】》〉"
_OPENERS = "\"'“‘«‹„‚([{「『（【《〈¿¡—–-"
_QUOTES_OPEN = '"“‘«„「『《'
_QUOTES_CLOSE = '"”’»“」』》'
_LAST_WORD = re.compile(r"([^\W\d_](?:[^\W_]|[.\-\u0900-\u097f])*)\.$")
_ROMAN = re.compile(r"[IVXLC]+\b")
_DATE_HEAD = re.compile(r"(?:^|\s)\d{1,4}\.$")
_FULL_DATE = re.compile(r"\d{4}\.\s?\d{1,2}\.\s?\d{1,2}\.$")
_INITIALS = re.compile(r"(?:^|\.)[\s\-]*[^\W\d_]\.$")
_ORDINAL = re.compile(r"(?:^|\s)\d{1,3}\.$")
_LIST_MARK = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]$")
_ELLIPSIS_END = re.compile(rf"…[{re.escape(_CLOSERS)}]*\s+")
_BRACKET_END = re.compile(r"[.!?…]\)\s+")
_WORD_END = re.compile(r"(?<!\w)(\w{2,12})\.\s+")


def split_paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which blank lines part; none of them is empty."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            paragraphs[-1].append(line.strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return ["\n".join(lines) for lines in paragraphs if lines]


def split_sentences(text: str, language: str) -> list[str]:
    """Cut a text into its sentences.

    Args:
        text: any text; lone surrogates and control characters do no harm.
        language: ISO 639-1 code, with or without a region. Unknown ones are treated like English.

    Returns:
        The sentences in order, without white space around them. Together they hold every character of the text
        except white space. A blank line always ends a sentence, a line break where the line is short.
    """
    base = base_code(language)
    sentences: list[str] = []
    for paragraph in split_paragraphs(text):
        for block in _join_wrapped_lines(paragraph.split("\n")):
            edges = [0, *_boundaries(block, base), len(block)]
            sentences += [piece for start, end in pairwise(edges) if (piece := block[start:end].strip())]
    return sentences


def inner_sentence_ends(sentence: str, language: str) -> list[int]:
    """Offsets at which the sentences inside a quotation end, for one that is too long to stay whole."""
    bare = re.sub(r"[\"“”„«»「」『』]", " ", sentence)
    return [_before_opening_quote(sentence, at) for at in _boundaries(bare, language)]


def _before_opening_quote(sentence: str, at: int) -> int:
    for start in range(at - 1, max(at - 4, 0), -1):
        if sentence[start] in _QUOTES_OPEN and (sentence[start] != '"' or sentence[start - 1].isspace()):
            return start
    return at


def _join_wrapped_lines(lines: list[str]) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        if block:
            before = block[-1]
            ended = before.rstrip(_CLOSERS).endswith(tuple(_TERMINATORS))
            if (ended or len(before) < _WRAPPED_LINE) and not _starts_lower(line):
                yield "".join(block)
                block = []
            elif not (is_cjk(before[-1]) and is_cjk(line[0])):
                block.append(" ")
        block.append(line)
    yield "".join(block)


def _boundaries(block: str, language: str) -> list[int]:
    """Offsets inside a block at which a new sentence begins, in order."""
    locale = locale_for(language)
    rules = locale.sentences if locale else Sentences()
    # A capital tells nothing where every noun has one.
    capitals_tell = not (locale and locale.nouns_capitalised)
    # The extension takes no lone surrogates; a stand-in of the same length keeps the offsets.
    clean = re.sub(r"[\ud800-\udfff]", "\ufffd", block)
    formal = not _starts_lower(clean)
    found = sorted({*_library_boundaries(clean, language), *_missed_boundaries(clean, rules, capitals_tell)})
    kept: list[int] = []
    for at in found:
        start = kept[-1] if kept else 0
        if not clean[start:at].isspace() and not _is_false(clean, start, at, rules, formal):
            kept.append(at)
    return kept


def _library_boundaries(text: str, language: str) -> Iterator[int]:
    position = 0
    while position < len(text):
        window = text[position : position + _WINDOW]
        ends: list[int] = []
        end = 0
        for piece in sentencex.segment(language, window):
            end = window.find(piece, end) + len(piece)
            ends.append(position + end)
        if position + _WINDOW >= len(text):
            yield from ends[:-1]
            return
        # The last piece may go on behind the window: the next window begins with it.
        yield from ends[:-1]
        position = ends[-2] if len(ends) > 1 else position + _WINDOW


def _missed_boundaries(text: str, rules: Sentences, capitals_tell: bool) -> Iterator[int]:
    for match in _ELLIPSIS_END.finditer(text):
        # The English "I" is capitalised in the middle of a sentence, too.
        rest = text[match.end() : match.end() + _NEAR]
        if capitals_tell and _starts_upper(rest) and not re.match(r"I\b", rest):
            yield match.end()
    for match in _BRACKET_END.finditer(text):
        opened = text.rfind("(", max(0, match.start() - 10 * _NEAR), match.start())
        before = text[max(0, opened - _NEAR) : max(0, opened)].rstrip()
        if (
            opened >= 0
            and (not before or before[-1] in _TERMINATORS)
            and _starts_upper(text[match.end() : match.end() + _NEAR])
        ):
            yield match.end()
    for match in _WORD_END.finditer(text):
        word = match.group(1)
        if word.islower() and word in rules.ordinary and _starts_upper(text[match.end() : match.end() + _NEAR]):
            yield match.end()


def _is_false(text: str, start: int, at: int, rules: Sentences, formal: bool) -> bool:
    """True for an end that the library saw where a reader would go on."""
    left = text[max(start, at - _NEAR) : at].rstrip()
    right = text[at : at + _NEAR]
    spaced = text[at - 1].isspace()
    following = right.lstrip()
    if not following:
        return True
    return (
        _no_word_at_all(text[start : start + _NEAR], left)
        or _continues_in_lower_case(left, following, formal)
        or (not spaced and following[0] in "-ºª")
        or (at - start < 12 and _LIST_MARK.fullmatch(text[start:at].strip()) is not None)
        or _is_abbreviation(left, following, rules)
        or (
            _INITIALS.search(left) is not None
            and left[-2].isupper()
            and _starts_upper(following)
            and left.count(" ") < 4
        )
        or _is_inside_date(left, following, rules)
        or _is_reported_speech(text[start : start + 1], left, following, rules)
    )


def _no_word_at_all(head: str, left: str) -> bool:
    return not any(c.isalnum() for c in head) and not any(c.isalnum() for c in left)


def _continues_in_lower_case(left: str, following: str, formal: bool) -> bool:
    # In text that itself begins in lower case, capitals tell nothing.
    if not formal or not _starts_lower(following):
        return False
    return left.endswith((".", "…")) or left[-1:] in _QUOTES_CLOSE


def _is_abbreviation(left: str, following: str, rules: Sentences) -> bool:
    match = _LAST_WORD.search(left)
    if match is None:
        return False
    word = match.group(1).lower()
    if word in rules.prefixes:
        return True
    numbered = following[0].isdigit() or _ROMAN.match(following) is not None
    return numbered and word in rules.numbered


def _is_inside_date(left: str, following: str, rules: Sentences) -> bool:
    if following[0].isdigit():
        return _DATE_HEAD.search(left) is not None
    if rules.goes_on_behind_date and _FULL_DATE.search(left):
        return True
    word = re.match(r"\w+", following)
    return word is not None and word.group().lower() in rules.after_ordinal and _ORDINAL.search(left) is not None


def _is_reported_speech(first: str, left: str, following: str, rules: Sentences) -> bool:
    """True for words behind a quotation that belong to it, in scripts that have no lower case to tell by."""
    if left[-1:] not in _QUOTES_CLOSE:
        return False
    if rules.quotative:
        return re.match(rules.quotative, following) is not None
    return rules.reported_speech and first in _QUOTES_OPEN and following[0] not in _QUOTES_OPEN


def _first_letter(text: str) -> str:
    for character in text[:_NEAR]:
        if character in _OPENERS or character.isspace() or unicodedata.category(character) == "Cf":
            continue
        return character
    return ""


def _starts_lower(text: str) -> bool:
    return _first_letter(text).islower()


def _starts_upper(text: str) -> bool:
    return _first_letter(text).isupper()
