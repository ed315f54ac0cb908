"""Japanese."""

from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="の二乗",
    cubed="の三乗",
    power="の{n}乗",
    times="かける",
    rank_front="第",
)
