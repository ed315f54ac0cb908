"""Spanish."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="al cuadrado",
    cubed="al cubo",
    power="elevado a {n}",
    times="por",
    king_titles=words("rey papa emperador zar duque príncipe sultán"),
    queen_titles=words("reina emperatriz zarina duquesa"),
    streets=pairs(
        "C/=calle c/=calle Avda.=avenida avda.=avenida Av.=avenida av.=avenida Pza.=plaza pza.=plaza Pl.=plaza"
        " Plza.=plaza Ctra.=carretera ctra.=carretera P.º=paseo Pº=paseo Urb.=urbanización"
    ),
    shouted=words("ES EN LA EL UN SI NO ME TE SE LE OS"),
)
