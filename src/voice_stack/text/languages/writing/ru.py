"""Russian."""

from voice_stack.text.languages.figures.facts import pairs, words
from voice_stack.text.languages.writing.facts import Writing

WRITING = Writing(
    squared="в квадрате",
    cubed="в кубе",
    power="в степени {n}",
    times="умножить на",
    king_titles=words("король папа император царь князь султан герцог"),
    queen_titles=words("королева императрица царица княгиня"),
    regnal_endings=pairs("mа=g mя=g mу=d mю=d mом=i mем=i mе=p fы=g fи=g fой=i fей=i fу=a fю=a fе=d"),
    streets=pairs(
        "ул.=улица Ул.=Улица пр.=проспект пр-т=проспект просп.=проспект пер.=переулок пл.=площадь наб.=набережная"
        " ш.=шоссе бул.=бульвар б-р=бульвар кв.=квартира д.=дом корп.=корпус"
    ),
    shouted=words("СВ"),
)
