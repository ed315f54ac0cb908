"""Polish."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="do kwadratu",
    cubed="do sześcianu",
    power="do potęgi {n}",
    times="razy",
    king_titles=words("król papież cesarz car książę sułtan"),
    queen_titles=words("królowa cesarzowa caryca księżna"),
    regnal_endings=pairs("ma=g mi=g mowi=d fy=g fi=g fie=l"),
    streets=pairs("ul.=ulica Ul.=Ulica al.=aleja Al.=Aleja pl.=plac Pl.=Plac os.=osiedle Os.=Osiedle rondo=rondo"),
    shouted=words("CZY TO NA DO NIE ID IT"),
)
