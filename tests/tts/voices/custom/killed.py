"""Deeds on the library, killed (-9) before every single line of the code that does them.

    python -m tests.tts.voices.custom.killed FOLDER DEED EVERY

Each time a child of this process does the deed and is killed one line later than the one before; what it leaves is
looked at as the next process would. Prints the lines that a whole deed has, and how often it was found done.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from voice_stack.core import durable
from voice_stack.tts.voices.custom import records
from voice_stack.tts.voices.custom.records import Check, Status, Verification, VoiceRecord, new_id
from voice_stack.tts.voices.custom.store import ORIGINAL, REFERENCE, VoiceStore, kept_file

CODE = (str(Path(records.__file__).parent), durable.__file__)
UNSEEN = Check(status=Status.NOT_VERIFIED, reason="a test")
CONTENT = {ORIGINAL: b"original" * 1000, REFERENCE: b"reference" * 1000}


def record(name: str) -> VoiceRecord:
    return VoiceRecord(
        id=new_id("voice"),
        name=name,
        created_at=1,
        seconds=3.5,
        original=kept_file(CONTENT[ORIGINAL]),
        reference=kept_file(CONTENT[REFERENCE]),
        verification=Verification(phrase=UNSEEN, speaker=UNSEEN, synthetic=UNSEEN),
    )


def create(store: VoiceStore, old: str) -> None:
    store.voices.add(record("new"), CONTENT, lambda: None)


def rename(store: VoiceStore, old: str) -> None:
    store.voices.change(old, lambda one: one.model_copy(update={"name": "renamed"}))


def delete(store: VoiceStore, old: str) -> None:
    store.voices.remove(old, lambda one: None)


DEEDS: dict[str, tuple[Callable[[VoiceStore, str], None], list[str], list[str]]] = {
    "create": (create, ["old"], ["new", "old"]),
    "rename": (rename, ["old"], ["renamed"]),
    "delete": (delete, ["old"], []),
}
"""Deed, the names that are there before it, and after it."""


def kill_at(line: int) -> None:
    """Be killed before the line of the library's code that is so many lines away."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(CODE):
            return None
        if event == "line":
            count += 1
            if count == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def main(folder: Path, deed: str, every: int) -> None:
    do, before, after = DEEDS[deed]
    done = 0
    for number in itertools.count():
        line = 1 + number * every
        path = folder / str(number)
        store = VoiceStore(path)
        store.voices.add(old := record("old"), CONTENT, lambda: None)
        child = os.fork()
        if not child:
            kill_at(line)
            do(store, old.id)
            sys.settrace(None)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        found = VoiceStore(path)  # as the next process finds it, before it has cleaned anything up
        names = sorted(one.name for one in found.voices.all())
        assert names in (before, after), (line, names)
        assert len(found.voices.ids()) == len(names), line
        assert found.check() == [], line
        swept = VoiceStore(path)
        swept.folder.sweep()
        swept.voices.sweep()
        assert swept.folder.aside.names == [], line
        assert sorted(one.name for one in swept.voices.all()) == names, line
        assert list((path / "staging").iterdir()) == [], line
        files = {file.name for one in (path / "created").iterdir() for file in one.iterdir()}
        assert files <= {ORIGINAL, REFERENCE, "voice.json"}, (line, files)
        swept.voices.add(record("another"), CONTENT, lambda: None)  # and goes on with it
        done += names == after
        if os.WIFEXITED(status):
            assert names == after
            print(line, done)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
