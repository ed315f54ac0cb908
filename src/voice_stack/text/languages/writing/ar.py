"""Arabic."""

from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="تربيع",
    cubed="تكعيب",
    power="أس {n}",
    times="ضرب",
)
