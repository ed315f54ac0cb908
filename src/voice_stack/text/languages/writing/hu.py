"""Hungarian."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="a négyzeten",
    cubed="a köbön",
    power="a {o} hatványon",
    times="szor",
    before_name=True,
    streets=pairs("u.=utca krt.=körút rkp.=rakpart stny.=sétány"),
    shouted=words("ÉS AZ ITT ID"),
)
