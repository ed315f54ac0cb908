"""Hindi."""

from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="का वर्ग",
    cubed="का घन",
    power="की घात {n}",
    times="गुणा",
)
