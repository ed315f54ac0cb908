"""English."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="squared",
    cubed="cubed",
    power="to the power of {n}",
    times="times",
    king_titles=words("king pope emperor tsar czar prince duke sultan kaiser pharaoh patriarch shah"),
    queen_titles=words("queen empress tsarina princess duchess"),
    street_types=pairs(
        "St=Street Dr=Drive Ave=Avenue Av=Avenue Blvd=Boulevard Rd=Road Ln=Lane Ct=Court Pl=Place Sq=Square"
        " Pkwy=Parkway Hwy=Highway Ter=Terrace Terr=Terrace Cir=Circle Cres=Crescent Expy=Expressway"
    ),
    shouted=words("US IT AM OR IN MR MRS DR HMM SHH PSST NTH ALL ER HE ME"),
    singular=True,
)
