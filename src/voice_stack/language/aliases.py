"""Other words for languages, which clients, containers and older standards use."""

from typing import Final

# ISO 639-2 (both forms where there are two) and ISO 639-3, also of the single languages that Whisper's code stands for.
# Withdrawn ones and FFmpeg's own for old films (`sve`) are among them, and Bazarr's (`pob`, `spl`, `zht`).
_THREE_LETTERS: Final = """
af afr | am amh | ar ara arb arz apc ajp ary arq aeb acm acq afb ars apd ayl | as asm | az aze azj azb
ba bak | be bel | bg bul | bn ben
bo bod tib | br bre | bs bos | ca cat | cs ces cze | cy cym wel | da dan | de deu ger gsw | el ell gre | en eng
es spa spl | et est ekk | eu eus baq | fa fas per pes prs | fi fin | fo fao | fr fra fre | gl glg | gu guj | ha hau
haw haw | he heb | hi hin | hr hrv scr | ht hat | hu hun | hy hye arm | id ind | is isl ice | it ita | ja jpn
jw jav jaw | ka kat geo | kk kaz | km khm | kn kan | ko kor | la lat | lb ltz | ln lin | lo lao | lt lit | lv lav lvs
mg mlg plt | mi mri mao | mk mkd mac | ml mal | mn mon khk | mr mar | ms msa may zsm | mt mlt | my mya bur
ne nep npi | nl nld dut vls | nn nno | no nor nob | oc oci | pa pan pnb | pl pol | ps pus pbu pst | pt por pob
ro ron rum mol | ru rus | sa san | sd snd | si sin | sk slk slo | sl slv | sn sna | so som | sq sqi alb als aln
sr srp scc hbs | su sun | sv swe sve | sw swa swh | ta tam | te tel | tg tgk | th tha | tk tuk | tl tgl fil | tr tur
tt tat | uk ukr | ur urd | uz uzb uzn | vi vie | yi yid ydd | yo yor | yue yue | zh zho chi cmn zht
"""

# Codes that were withdrawn or that Whisper spells otherwise, and former and further names.
_OTHERS: Final = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jv": "jw",
    "mo": "ro",
    "sh": "sr",
    "nb": "no",
    "zh-yue": "yue",
    "yue chinese": "yue",
    "no-bok": "no",
    "no-nyn": "nn",
    "ea": "es",
    "pb": "pt",
    "zt": "zh",
    "azeri": "az",
    "bangla": "bn",
    "byelorussian": "be",
    "cambodian": "km",
    "dari": "fa",
    "iranian": "fa",
    "kiswahili": "sw",
    "laotian": "lo",
    "bahasa indonesia": "id",
    "bahasa melayu": "ms",
    "slovene": "sl",
    "burmese": "my",
    "valencian": "ca",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "pushto": "ps",
    "panjabi": "pa",
    "moldavian": "ro",
    "moldovan": "ro",
    "sinhalese": "si",
    "castilian": "es",
    "mandarin": "zh",
    "filipino": "tl",
    "pilipino": "tl",
    "farsi": "fa",
    "bokmål": "no",
    "bokmal": "no",
    "norwegian nynorsk": "nn",
    "serbo-croatian": "sr",
}


def _three_letter_codes() -> dict[str, str]:
    rows = (row.split() for line in _THREE_LETTERS.splitlines() for row in line.split("|") if row.strip())
    return {other: code for code, *others in rows for other in others}


ALIASES: Final = _three_letter_codes() | _OTHERS
"""Whisper's code by another code or by a lower-case name."""

_QUALIFIERS: Final = """
american arabian argentinian austrian australian belgian brazilian british canadian castilian central egyptian european
gulf iberian indian latin levantine mainland mandarin mexican modern moroccan norwegian simplified standard swiss
taiwanese traditional
"""
QUALIFIERS: Final = frozenset(_QUALIFIERS.split())
"""Words that come before a language's name and leave it the same for a recogniser (`brazilian portuguese`)."""

UNDETERMINED: Final = frozenset({"auto", "und", "mul", "mis", "zxx", "undetermined", "unknown", "none", "null"})
"""What names no language: ISO 639-2's codes for undetermined, several, uncoded and none, and words for that."""


def three_letters(code: str) -> str | None:
    """The terminological code of ISO 639-2 of a language by its code of ISO 639-1; None for one without."""
    for line in _THREE_LETTERS.replace("|", "\n").splitlines():
        first, *others = line.split() or [""]
        if first == code and others:
            return others[0]
    return None
