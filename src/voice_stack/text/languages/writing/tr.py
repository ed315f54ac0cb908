"""Turkish."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="kare",
    cubed="küp",
    power="üzeri {n}",
    times="çarpı",
    before_name=True,
    streets=pairs(
        "Cad.=Caddesi cad.=caddesi Sok.=Sokak sok.=sokak Mah.=Mahallesi mah.=mahallesi Bul.=Bulvarı Blv.=Bulvarı"
        " Sk.=Sokak Apt.=Apartmanı"
    ),
    shouted=words("VE DE DA BU NE"),
)
