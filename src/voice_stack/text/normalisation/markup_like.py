"""Markup of other systems: control codes of terminals, the thoughts of a model, unknown tags, citations."""

import re

# ECMA-48 control sequences, and the same with the escape character lost.
_ANSI = re.compile(
    r"(?:\x1b|\u241b|\\x1b|\\033|\\e)\[[0-9;?]{0,20}[ -/]{0,2}[@-~]|\x9b[0-9;?]{0,20}[@-~]|\x1b[@-Z\\-_]"
)
_THOUGHTS = re.compile(
    r"<(think|thinking|thought|reasoning|scratchpad)>(?:(?!</?\1>).)*</\1>", re.DOTALL | re.IGNORECASE
)
# With its slash, its attributes, a colon or a dash, what stands between angle brackets is a tag; so is a bare word
# that stands against the text it marks or is closed again.
_TAG = re.compile(
    r"</[A-Za-z][\w:.-]{0,40}\s{0,5}>|<[A-Za-z][\w:.-]{0,40}(?:\s[^<>]{0,300})?/>"
    r"|<[A-Za-z][\w:.-]{0,40}(?:\s+[\w:.-]{1,40}\s?=\s?(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s\"'<>]{1,100})){1,12}\s?>"
    r"|<[A-Za-z]\w{0,20}[:_-][\w:.-]{0,40}>|<\|[^<>|]{1,40}\|>|<![A-Za-z][^<>]{0,200}>|<\?[^<>]{0,200}\?>"
)
_CLOSED = re.compile(r"</([A-Za-z][\w:.-]{0,40})\s{0,5}>")
_UNFINISHED = re.compile(
    r"</?[A-Za-z][\w:-]{0,40}(?:\s+[\w:-]{1,40}=(?:\"[^\"<>]{0,200}\"?|'[^'<>]{0,200}'?|\S{0,100}))*\s{0,3}\Z"
)
_BBCODE = (
    "b|i|u|s|url|img|quote|code|color|size|font|center|left|right|list|spoiler|email|youtube|table|tr|td|th|h[1-6]|sub|sup"
    "|pre"
)
_BB_TAG = re.compile(rf"\[/?(?:{_BBCODE})(?:=[^\[\]\n]{{1,200}})?\]", re.IGNORECASE)
_CITATION = re.compile(
    r"(?<=[\w.!?,;:)\"'”’»])(?:\[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,8}\])+(?!\()|【\d{1,3}[^【】]{0,40}】"
)
_ARROWS = re.compile(r"\s{0,3}(?:[←-⇿⟵-⟿➔-➾⬅-⬇⮕]|(?<![-<>=\w])(?:-{1,2}>|={1,2}>|<-{1,2}>?|<=>)(?![-<>=\w]))+\s{0,3}")
_HEART = re.compile(r"<3(?!\d|\.\d|\w)")


def drop_controls(text: str) -> str:
    """The text without control sequences of a terminal."""
    return _ANSI.sub("", text) if "[" in text or "\x1b" in text or "\x9b" in text else text


def drop_markup_like(text: str, comma: str) -> str:
    """The text without tags that nobody knows: arrows are a comma, citations of
    sources are left out."""
    if "<" in text:
        text = _THOUGHTS.sub(" ", text)
        closed = {name.lower() for name in _CLOSED.findall(text)}
        text = _TAG.sub("", text)
        if closed:
            text = re.sub(r"<([A-Za-z][\w:.-]{0,40})>", lambda m: "" if m[1].lower() in closed else m[0], text)
        text = _UNFINISHED.sub("", text)
        text = _HEART.sub("", text)
    if "[" in text or "【" in text:
        text = _BB_TAG.sub("", text)
        text = _CITATION.sub("", text)
    return _ARROWS.sub(comma, text)
