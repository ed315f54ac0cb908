"""Korean."""

from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="의 제곱",
    cubed="의 세제곱",
    power="의 {n}제곱",
    times="곱하기",
    rank_front="제",
)
