"""Portuguese."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="ao quadrado",
    cubed="ao cubo",
    power="elevado a {n}",
    times="vezes",
    king_titles=words("rei papa imperador czar duque príncipe sultão"),
    queen_titles=words("rainha imperatriz czarina duquesa"),
    streets=pairs(
        "Av.=avenida av.=avenida Pça.=praça Pç.=praça Tv.=travessa Rod.=rodovia Estr.=estrada Al.=alameda"
        " Lg.=largo R.=rua"
    ),
    shouted=words("EM UM DE DA DO NO NA SE EU OU"),
)
