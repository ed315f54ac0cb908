"""French."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="au carré",
    cubed="au cube",
    power="puissance {n}",
    times="fois",
    king_titles=words("roi pape empereur tsar duc prince sultan"),
    queen_titles=words("reine impératrice tsarine duchesse"),
    streets=pairs(
        "av.=avenue Av.=Avenue bd.=boulevard Bd.=Boulevard bd=boulevard Bd=Boulevard boul.=boulevard"
        " pl.=place Pl.=Place rte=route Rte=Route imp.=impasse"
        " fg=faubourg St.=Saint Ste.=Sainte St-=Saint- Ste-=Sainte-"
    ),
    shouted=words("ON EN OU ET IL UN TU SI PS"),
)
