"""Words to the user on stderr, so that stdout holds results alone."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def stderr_console() -> "Console":
    """A console for everything that is no result."""
    # Rich takes as long to import as a fortieth of a service's start, and a service draws nothing.
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def complain(console: "Console", message: str) -> None:
    """Say what failed."""
    console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def remark(console: "Console", message: str) -> None:
    """Say how something went."""
    console.print(message, style="dim", markup=False, highlight=False, soft_wrap=True)


def show_warnings(console: "Console") -> None:
    """Warnings (a fallback engine, a missing GPU) through the console that draws the progress."""
    from rich.logging import RichHandler

    handler = RichHandler(logging.WARNING, console, show_time=False, show_path=False)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")
