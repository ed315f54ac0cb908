"""Headings of chapters in plain words: "Chapter 1", "IV.", "Epilogue", in the languages that are spoken here."""

import re
from typing import Final

from voice_stack.text.normalisation.roman import roman_value

LONGEST: Final = 90
"""Characters of a line that can be a heading."""

_WORDS: Final = (
    "chapter|part|book|canto|letter|act|scene|section|"
    "kapitel|teil|buch|akt|szene|chapitre|partie|livre|acte|capítulo|capitulo|parte|libro|livro|acto|ato|capitolo|"
    "hoofdstuk|deel|boek|rozdział|rozdzial|część|księga|kapitola|část|fejezet|rész|bölüm|kısım|kapittel|luku|глава|часть|книга"
)
_ALONE: Final = (
    "prologue|epilogue|introduction|preface|foreword|afterword|conclusion|appendix|dedication|acknowledgements|"
    "acknowledgments|interlude|"
    "prolog|epilog|einleitung|vorwort|nachwort|anhang|danksagung|avant-propos|préface|épilogue|prólogo|epílogo|"
    "introducción|introdução|prefacio|prefácio|prologo|epilogo|introduzione|prefazione|voorwoord|nawoord|proloog|epiloog|"
    "wstęp|posłowie|předmluva|doslov|пролог|эпилог|предисловие|введение"
)
_NUMBER: Final = (
    r"(?:\d{1,4}|[ivxlcdm]{1,9}|the\s+\w+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|(?:twenty|thirty|forty|fifty)-\w+|"
    r"first|second|third|fourth|fifth|last|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|"
    r"premi\w+|deuxi\w+|troisi\w+|primer\w*|segund\w+|tercer\w*|prim\w+|second\w+|terz\w+)"
)
_NAMED: Final = re.compile(rf"(?:{_WORDS})\s+{_NUMBER}(?:\s*[.:—–-]\s*.*|\s*)", re.IGNORECASE)
# "Erstes Kapitel", "1. fejezet", "第三章", "제3장"
_NUMBER_FIRST: Final = re.compile(rf"(?:\d{{1,4}}\.|[^\W\d]{{3,14}})\s+(?:{_WORDS})[.:]?", re.IGNORECASE)
_EASTERN: Final = re.compile(
    r"(?:第\s*[\d０-９〇零一二三四五六七八九十百千]+\s*[章回節节部卷話话]|제\s*\d+\s*[장부편])(?:\s.*)?"
)
_SINGLE: Final = re.compile(rf"(?:{_ALONE})[.:]?", re.IGNORECASE)
_ROMAN: Final = re.compile(r"([IVXLCDM]{1,9})(?:\.|\.?\s*[—–:-]\s*.{1,70}|\.\s+[^\W\d_].{0,70})?")
_DIGITS: Final = re.compile(r"(\d{1,3})(?:\.|\.?\s*[—–:-]\s*.{1,70}|\.\s+[^\W\d_].{0,70})?")


def is_chapter(line: str) -> bool:
    """True for a line that names a chapter by a word of its kind: "Chapter 1", "Erstes Kapitel", "Epilogue"."""
    text = line.strip()
    if not text or len(text) > LONGEST:
        return False
    patterns = (_NAMED, _SINGLE, _EASTERN)
    if any(pattern.fullmatch(text) for pattern in patterns):
        return True
    return bool(_NUMBER_FIRST.fullmatch(text)) and not text.lower().startswith(("the ", "this ", "that "))


def numeral(line: str) -> int | None:
    """Number of a line that is a Roman or Arabic numeral, maybe with a title behind it; None for any other line."""
    text = line.strip()
    if not text or len(text) > LONGEST:
        return None
    if match := _ROMAN.fullmatch(text):
        return roman_value(match[1])
    match = _DIGITS.fullmatch(text)
    return int(match[1]) if match else None
