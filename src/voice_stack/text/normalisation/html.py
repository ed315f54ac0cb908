"""HTML: what is written for the eye is dropped, and blocks become paragraphs of their own."""

import html
import re

_BLOCK_TAGS = "p|div|br|li|ul|ol|h[1-6]|table|tr|hr|section|article|header|footer|blockquote|pre|dd|dt|dl|main|nav|body"
_INLINE_TAGS = (
    "a|abbr|b|big|cite|code|del|em|font|html|head|i|img|ins|kbd|label|link|mark|meta|q|s|samp|small|span|strike|strong"
    "|sub|sup|tbody|td|tfoot|th|thead|time|title|tt|u|var|figure|figcaption|input|button|svg|video|audio|source|iframe"
)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK_TAGS})(?:\s[^<>]*|/)?>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE_TAGS})(?:\s[^<>]*|/)?>", re.IGNORECASE)
_CELL_END = re.compile(r"</(?:td|th)>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>")


def _drop_between(text: str, opening: re.Pattern[str], closing: str) -> str:
    """Drop every stretch from `opening` to `closing` (lower case), in one pass."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return text
    kept: list[str] = []
    at = 0
    for match in opening.finditer(text):
        if match.start() < at:
            continue
        end = lowered.find(closing, match.end())
        if end < 0:
            break
        kept.append(text[at : match.start()])
        at = end + len(closing)
    return "".join([*kept, text[at:]])


_COMMENT = re.compile(r"<!--")
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_STYLE = re.compile(r"<style\b", re.IGNORECASE)


def strip_html(text: str) -> str:
    """Tags and comments out, block tags as line breaks, entities as their characters. Unknown <words> stay."""
    if "<" in text:
        text = _drop_between(text, _COMMENT, "-->")
        text = _drop_between(text, _SCRIPT, "</script>")
        text = _drop_between(text, _STYLE, "</style>")
        text = _AUTOLINK.sub(r"\1", text)
        text = _CELL_END.sub(", ", text)
        text = _BLOCK_TAG.sub("\n\n", text)
        text = _INLINE_TAG.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: html.unescape(m[0]), text)
    return text
