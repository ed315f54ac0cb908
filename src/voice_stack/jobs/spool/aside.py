"""Things among the jobs that are none of theirs: strangers' files, damaged ones, rows of other versions.

They stop nothing and are never deleted: files are moved to `set-aside/`, rows stay where they are, and both are named
in the log and in /health.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from voice_stack.core.durable import make_private

logger = logging.getLogger("voice_stack.jobs")

FOLDER = "set-aside"
# Names in /health.
_NAMED = 20


class SetAside:
    """The list of what was set aside. Blocking, except for `names`.

    Args:
        folder: of the service's jobs.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._folder = folder / FOLDER
        self._noted: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """Names with reasons, not more than can be read at a glance. Never waits."""
        noted = [f"{name}: {reason}" for name, reason in list(self._noted.items())]
        left = len(noted) - _NAMED
        return noted[:_NAMED] + ([f"and {left} more"] if left > 0 else [])

    def look(self) -> None:
        """Begin anew, with what earlier processes have set aside."""
        self._noted.clear()
        if self._folder.is_dir():
            for path in sorted(self._folder.iterdir()):
                self._noted[f"{FOLDER}/{path.name}"] = "of an earlier start; delete it when nobody needs it"

    def note(self, name: str, reason: str) -> None:
        """Name something that stays where it is."""
        if name not in self._noted:
            logger.warning("set aside: %s: %s", name, reason)
        self._noted[name] = reason

    def move(self, path: Path, reason: str) -> None:
        """Move a file or a folder out of the way; one that cannot be moved is named, and stays."""
        name = path.relative_to(self._root).as_posix()
        try:
            make_private(self._folder)
            path.rename(self._free(path.name))
        except OSError as error:
            reason = f"{reason}; it cannot be moved: {error.strerror}"
        self.note(name.encode("utf-8", "replace").decode(), reason)

    def move_unless(self, is_right: Callable[[Path], bool], path: Path) -> None:
        """Move away what stands in the place of something else, if anything does."""
        if (path.exists() or path.is_symlink()) and not is_right(path):
            self.move(path, "something else is expected there")

    def _free(self, name: str) -> Path:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        numbers = iter(range(1_000_000))
        while (target := self._folder / f"{stamp}-{next(numbers)}-{name[-100:]}").exists():
            pass
        return target
