"""Texts that are said and read back: common words that sound like no other ("through" and "threw" would)."""

from typing import Final

TEXTS: Final = (
    "The committee that had been asked to look into the causes of the accident published a report of 230 pages on "
    "the first day of the year. Nobody read it.",
    "My grandmother always told us wonderful stories about the village where she had grown up and the people who "
    "lived there before the war. She remembered all of them by name.",
    "Researchers at the university have found that people who walk for 30 minutes after lunch sleep better than those "
    "who stay at home. The reason is not yet known.",
    "When the last train had left the station, the old man closed his book, put on his hat and went out into the "
    "snow. It was 9:30 p.m. and very cold.",
    "Please remember to bring your passport, your ticket and a warm coat when you come to the airport on Monday "
    "morning. The flight takes about 5 hours.",
    "Every morning before the sun comes up the baker opens the back door of his shop and lets the smell of fresh "
    "bread out into the street. A loaf costs $4.",
    "Nobody in the office could remember exactly when the new machine had arrived or who had paid for it in the "
    "end. It stood in a corner, covered with dust.",
    "The small boat drifted slowly down the river while the children on the bridge dropped flowers into the water and "
    "waved their hands. Dr. Smith watched them from his window.",
    "The doctor who had looked after the family for almost twenty years moved to another city in the spring. His "
    "patients gave him a silver watch.",
    "In the middle of the garden stood an old apple tree whose branches reached almost to the windows of the second "
    "floor. It gave fruit until October.",
    "The teacher asked the children to open their books at page 36 and read the first paragraph together. Most of "
    "them had forgotten their glasses.",
    "My parents have decided to sell their house and buy a smaller one near the beach before the summer is over. They "
    "want $250 for the piano.",
    "The people who live on the island have agreed after a long discussion that the bridge should be repaired before "
    "winter comes. The work begins on Monday.",
    "The engineer explained that the machine stops by itself whenever the temperature rises above 80 degrees for more "
    "than ten seconds. Nothing can burn.",
    "Although the weather was cold and windy, hundreds of people came to the market to buy vegetables, cheese and "
    "fresh fish. Before lunch everything was sold.",
    "The museum will be closed for repairs from the end of October until the beginning of February next year. Tickets "
    "that were bought earlier remain valid.",
)
"""Each begins with a long sentence; most of these have no mark where they could be cut."""

_CHARACTERS_A_MINUTE: Final = 850


def long_text(minutes: float) -> str:
    """The texts, a paragraph each, as often as it takes to speak about so long."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < minutes * _CHARACTERS_A_MINUTE:
        paragraphs.append(TEXTS[len(paragraphs) % len(TEXTS)])
    return "\n\n".join(paragraphs)
