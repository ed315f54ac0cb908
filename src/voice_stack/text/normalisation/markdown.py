"""Markdown: what is written for the eye is dropped, and blocks become sentences of their own."""

import re

from voice_stack.text.languages.locale import Locale

_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)|\[[^\[\]\n]{0,100}\])")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]{1,40}\]:?")
_LINK_TARGET = re.compile(r"(?m)^ {0,3}\[[^\[\]\n]{1,200}\]:[ ]+\S+.*$")
_CODE = re.compile(r"(`{1,2})([^`\n]+)\1(?!`)")
_EMPHASIS = (
    re.compile(r"\*\*\*([^\s*][^*\n]*)\*\*\*"),
    re.compile(r"\*\*([^\s*][^*\n]*)\*\*"),
    re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"),
    re.compile(r"(?<!\w)__([^\s_][^_\n]*)__(?!\w)"),
    re.compile(r"(?<!\w)_([^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"),
    re.compile(r"~~([^\s~][^~\n]*)~~"),
    re.compile(r"==([^\s=][^=\n]*)=="),
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")

_FENCE = re.compile(r"^[ ]{0,3}(```+|~~~+)")
_RULE = re.compile(r"^[ ]{0,3}(?:(?:-[ ]*){3,}|(?:\*[ ]*){3,}|(?:_[ ]*){3,}|={3,}[ ]*)$")
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ ]+(.*?)(?:[ ]+#+)?[ ]*$")
_BULLET = re.compile(r"^[ ]*[-*+•‣◦·][ ]+(?:\[[ xX]\][ ]+)?(?=\S)")
_NUMBERED = re.compile(r"^[ ]*(\d{1,3})[.)][ ]+(?=\S)")
_QUOTE = re.compile(r"^[ ]{0,3}(?:>[ ]?)+")
_TABLE_RULE = re.compile(r"^[ ]*\|?[ ]*:?-{2,}:?[ ]*(?:\|[ ]*:?-{2,}:?[ ]*)*\|?[ ]*$")
_ENDS = tuple('.!?:;,…。！？：；，、।؟"')


def _without_code_blocks(lines: list[str]) -> list[str]:
    """Fenced code is left out; a fence that never closes loses only its own line."""
    kept: list[str] = []
    held: list[str] | None = None
    mark = ""
    for line in lines:
        fence = _FENCE.match(line)
        if held is None:
            if fence:
                held, mark = [], fence[1][:3]
            else:
                kept.append(line)
        elif fence and fence[1].startswith(mark) and not line.strip().strip(mark[0]):
            held = None
            kept.append("")
        else:
            held.append(line)
    return kept + (held or [])


def _sentence(text: str, stop: str) -> str:
    text = text.strip()
    return text if not text or text.endswith(_ENDS) or not any(c.isalnum() for c in text) else text + stop


def _row(line: str) -> str:
    return ", ".join(cell for cell in (part.strip() for part in line.strip().strip("|").split("|")) if cell)


def strip_markdown(text: str, locale: Locale | None) -> str:
    """Headings, list items and table rows become sentences; links and emphasis leave their words."""
    stop = locale.stop if locale else "."
    joint = locale.glue if locale else " "
    text = _inline(text)
    lines = _without_code_blocks(text.split("\n"))
    numbered = sum(1 for line in lines if _NUMBERED.match(line))
    paragraphs: list[str] = []
    running: list[str] = []
    in_item = False

    def close() -> None:
        nonlocal in_item
        if running:
            joined = joint.join(running)
            paragraphs.append(_sentence(joined, stop) if in_item else joined)
            running.clear()
        in_item = False

    for raw in lines:
        line = _QUOTE.sub("", raw)
        if not line.strip() or _RULE.match(line) or _TABLE_RULE.match(line):
            close()
            continue
        if heading := _HEADING.match(line):
            close()
            paragraphs.append(_sentence(heading[1], stop))
            continue
        if line.strip().startswith("|") and line.strip().endswith("|") and len(line.strip()) > 1:
            close()
            paragraphs.append(_sentence(_row(line), stop))
            continue
        if _BULLET.match(line):
            close()
            in_item = True
            line = _BULLET.sub("", line)
        elif numbered > 1 and _NUMBERED.match(line):
            close()
            in_item = True
            line = _NUMBERED.sub(lambda m: f"{m[1]}, ", line)
        running.append(line.strip())
    close()
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _inline(text: str) -> str:
    if "[" in text:
        text = _LINK_TARGET.sub("", text)
        text = _FOOTNOTE.sub("", text)
        text = _IMAGE_OR_LINK.sub(r"\1", text)
    if "`" in text:
        text = _CODE.sub(r"\2", text)
    for pattern in _EMPHASIS:
        text = pattern.sub(r"\1", text)
    return _ESCAPE.sub(r"\1", text)
