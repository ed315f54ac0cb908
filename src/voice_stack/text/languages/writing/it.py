"""Italian."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="al quadrato",
    cubed="al cubo",
    power="alla {n}",
    times="per",
    king_titles=words("re papa imperatore zar duca principe sultano"),
    queen_titles=words("regina imperatrice zarina duchessa"),
    streets=pairs(
        "V.le=viale v.le=viale P.zza=piazza p.zza=piazza P.za=piazza C.so=corso c.so=corso L.go=largo V.lo=vicolo"
        " P.le=piazzale Str.=strada"
    ),
    shouted=words("IN IL LA LO SI UN NON DI DA ED AD"),
)
