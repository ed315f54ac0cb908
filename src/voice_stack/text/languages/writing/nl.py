"""Dutch."""

from voice_stack.text.languages.figures.facts import words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="kwadraat",
    cubed="tot de derde",
    power="tot de macht {n}",
    times="maal",
    king_titles=words("koning paus keizer tsaar hertog prins sultan"),
    queen_titles=words("koningin keizerin tsarina hertogin"),
    street_ends={"str.": "straat", "ln.": "laan", "plnts.": "plantsoen"},
    shouted=words("IN IS HET EN IK JE WE UW OP TE"),
)
