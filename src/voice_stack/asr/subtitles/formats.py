"""Files of subtitles beyond SubRip and WebVTT: Advanced SubStation Alpha, TTML, lyrics; and the marks of direction that
SubRip needs."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from voice_stack.asr.subtitles.widths import is_right_to_left
from voice_stack.text.subtitles import Cue, milliseconds, spoken_cues, timestamp

# SubRip has no field for the direction, and players take left to right for it: a full stop then stands at the wrong
# end. These say where a line from right to left begins and ends.
_RIGHT_TO_LEFT: Final = "\u202b"
_END: Final = "\u202c"
# What XML cannot hold.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Keeps a backslash from being the first half of a command.
_WORD_JOINER: Final = "\u2060"
# Of a style: the direction of each line is told by its own letters.
_BY_TEXT: Final = -1
# A gap that a player of lyrics shows nothing in, in milliseconds.
_EMPTY_MS: Final = 2000

_TTML: Final = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang={language}>
  <head>
    <styling>
      <style xml:id="s" tts:textAlign="center" tts:color="white" tts:fontFamily="proportionalSansSerif"/>
    </styling>
    <layout>
      <region xml:id="r" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>
    </layout>
  </head>
  <body style="s" region="r">
    <div>
{paragraphs}    </div>
  </body>
</tt>
"""


def directed(cues: Iterable[Cue]) -> Iterable[Cue]:
    """The cues with marks around lines that are written from right to left."""
    for cue in cues:
        lines = tuple(
            f"{_RIGHT_TO_LEFT}{line}{_END}" if is_right_to_left(line) else line for line in cue.lines or (cue.text,)
        )
        yield replace(cue, lines=lines)


def ass(cues: Iterable[Cue]) -> str:
    """Advanced SubStation Alpha (v4.00+), in hundredths of a second."""
    from pysubs2 import SSAEvent, SSAFile

    file = SSAFile()
    file.info["WrapStyle"] = "2"  # lines are broken where they are broken here
    file.styles["Default"].encoding = _BY_TEXT
    for cue in spoken_cues(cues):
        text = r"\N".join(_literal(line) for line in cue.named)
        file.append(SSAEvent(milliseconds(cue.start), milliseconds(cue.end), text))
    return file.to_string("ass")


def ttml(cues: Iterable[Cue], language: str) -> str:
    """TTML 1, as IMSC 1 has it: one region at the bottom.

    Args:
        language: ISO 639-1 code; empty for one that nobody knows.
    """
    paragraphs = "".join(map(_paragraph, spoken_cues(cues)))
    return _TTML.format(language=quoteattr(language), paragraphs=paragraphs)


def lrc(cues: Iterable[Cue]) -> str:
    """Lyrics: `[MM:SS.cc]text`, a line for each cue, and one without text where nothing is to be shown for a while."""
    lines: list[str] = []
    end = None
    for cue in spoken_cues(cues):
        start = milliseconds(cue.start)
        if end is not None and start - end >= _EMPTY_MS:
            lines.append(_at(end))
        end = milliseconds(cue.end)
        lines.append(_at(start) + " ".join(cue.named))
    if end is not None:
        lines.append(_at(end))
    return "".join(line + "\n" for line in lines)


def _at(time_ms: int) -> str:
    minutes, rest = divmod((time_ms + 5) // 10, 6000)
    return f"[{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}]"


def _literal(text: str) -> str:
    """A text that no renderer takes for commands."""
    return text.replace("\\", "\\" + _WORD_JOINER).replace("{", "\\{").replace("}", "\\}")


def _paragraph(cue: Cue) -> str:
    text = "<br/>".join(escape(_NO_XML.sub("", line)) for line in cue.named)
    direction = ' tts:direction="rtl" tts:unicodeBidi="embed"' if is_right_to_left(cue.text) else ""
    begin, end = timestamp(cue.start, "."), timestamp(cue.end, ".")
    return f'      <p begin="{begin}" end="{end}"{direction}>{text}</p>\n'
