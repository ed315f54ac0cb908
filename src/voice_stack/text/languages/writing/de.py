"""German."""

from voice_stack.text.languages.figures.facts import words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="Quadrat",
    cubed="hoch drei",
    power="hoch {n}",
    times="mal",
    king_titles=words("könig kaiser papst zar herzog kurfürst prinz sultan kaisers königs papstes"),
    queen_titles=words("königin kaiserin zarin herzogin"),
    regnal_endings={"ms": "S"},
    regnal_before={
        "m -S": "des {o}n",
        **{f"m {word}": "dem {o}n" for word in ("unter", "von", "mit", "nach", "bei", "seit", "zu", "neben")},
        **{f"m {word}": "den {o}n" for word in ("für", "gegen", "ohne", "durch", "um")},
        **{f"f {word}": "der {o}n" for word in ("unter", "von", "mit", "nach", "bei", "seit", "zu", "neben")},
    },
    after_name=True,
    before_name=True,
    street_ends={"str.": "straße", "Str.": "Straße", "pl.": "platz"},
    shouted=words("ES OP IM AM PST HM IC ER"),
)
