"""Code blocks of CONTRIBUTING.md, each with the comment above it that says what it is."""

import re
import textwrap
from dataclasses import dataclass

from tests.live_server import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block.

    Attributes:
        note: text of the comment above it; empty without one.
        language: after its first fence: python, sh, toml; empty for none.
        code: with its last newline.
    """

    note: str
    language: str
    code: str


def code_blocks() -> list[Block]:
    """All code blocks between fences, in order."""
    found = re.findall(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    return [Block(*parts) for parts in found]


@dataclass(frozen=True, slots=True)
class Addition:
    """Lines that a recipe adds to a file.

    Attributes:
        file: its path in the repository.
        before: the beginning of the line that they go before, without its indentation, which they get; only one line
            of the file begins so.
    """

    file: str
    before: str
    code: str

    def applied(self, text: str) -> str:
        """The file's text with the lines in it."""
        (found,) = re.finditer(rf"^( *){re.escape(self.before)}", text, re.MULTILINE)
        apart = "\n" if found[1] else "\n\n"
        return text[: found.start()] + textwrap.indent(self.code, found[1]) + apart + text[found.start() :]


def additions() -> list[Addition]:
    """All blocks that say `added to FILE before LINE`, in order."""
    notes = [(re.fullmatch(r"added to (\S+) before (.*)", block.note), block) for block in code_blocks()]
    return [Addition(note[1], note[2], block.code) for note, block in notes if note]
