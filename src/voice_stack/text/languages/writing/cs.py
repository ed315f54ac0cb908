"""Czech."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="na druhou",
    cubed="na třetí",
    power="na {n}",
    times="krát",
    king_titles=words("král papež císař car kníže sultán"),
    queen_titles=words("královna císařovna carevna kněžna"),
    regnal_endings=pairs("ma=g mu=d movi=d mem=i fy=g fě=d fou=i"),
    after_name=True,
    before_name=True,
    streets=pairs("ul.=ulice Ul.=Ulice nám.=náměstí Nám.=Náměstí tř.=třída Tř.=Třída nábř.=nábřeží"),
    shouted=words(
        "KRK PRST VLK TRH SMRT ČTVRT KRB BRK SRST VRH TRN STRČ PRŠ BLB DRŽ DRZ PLNÝ ZMRZL SRDCE MRK VRBY HRB HRST"
        " KRM SMRK SRP TVRZ VRT VRH VRŠ ŽRD MLHA VLNA PST BRR SKRZ TO NA DO"
    ),
)
