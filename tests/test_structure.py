"""The shape of the house in figures: what is written twice. `pytest -s tests/test_structure.py` prints them."""

import ast
import inspect
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from voice_stack.cli.env_example import setting_classes
from voice_stack.core.settings import SettingsGroup

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "voice_stack"
MOST_TWIN_LINES = 80
# Words of the two services for the same things.
RENAMED = (
    ("asr", "tts"),
    ("transcription", "speech"),
    ("transcript", "speech"),
    ("recognition", "speech"),
    ("recognising", "speaking"),
    ("recogniser", "speaker"),
    ("transcriber", "speaker"),
    ("transcribe", "speak"),
    ("run_transcription", "run_speech"),
    ("inference", "synthesis"),
    ("5001", "5002"),
)
_WORD = re.compile("|".join(sorted((one for one, _ in RENAMED), key=len, reverse=True)), re.IGNORECASE)


def code_lines(path: Path, *, rename: bool) -> list[str]:
    """The lines of a module that say something, one statement's line each: no docstrings, imports or lone words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [
                one
                for one in body
                if not isinstance(one, ast.Import | ast.ImportFrom)
                and not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    lines = [line.strip() for line in ast.unparse(tree).splitlines()]
    lines = [line for line in lines if len(re.findall(r"\w+", line)) > 1]
    table = dict(RENAMED)
    return [_WORD.sub(lambda m: table[m[0].lower()], line).lower() if rename else line.lower() for line in lines]


def twin_lines() -> Iterator[tuple[str, str, int]]:
    """Pairs of files of `asr` and `tts` that have two or more lines in a row in common, and how many in all."""
    theirs = {path: code_lines(path, rename=False) for path in sorted((PACKAGE / "tts").rglob("*.py"))}
    for path in sorted((PACKAGE / "asr").rglob("*.py")):
        lines = code_lines(path, rename=True)
        best = ("", 0)
        for other, there in theirs.items():
            blocks = SequenceMatcher(None, lines, there, autojunk=False).get_matching_blocks()
            same = sum(block.size for block in blocks if block.size > 1)
            if same > best[1]:
                best = (str(other.relative_to(PACKAGE)), same)
        if best[1]:
            yield str(path.relative_to(PACKAGE)), best[0], best[1]


def test_the_services_share_what_they_have_in_common() -> None:
    found = sorted(twin_lines(), key=lambda pair: -pair[2])
    total = sum(same for _, _, same in found)
    for ours, theirs, same in found:
        print(f"{same:4d}  {ours} ~ {theirs}")
    print(f"{total:4d}  lines that are the same in asr and tts after renaming, at most {MOST_TWIN_LINES}")
    assert total <= MOST_TWIN_LINES


def declaring_classes() -> dict[str, set[type[SettingsGroup]]]:
    """Every variable, with the classes that have a field of their own for it; what is only a base has no variables."""
    read: set[type[SettingsGroup]] = set()
    waiting = list(setting_classes())
    while waiting:
        cls = waiting.pop()
        if cls not in read:
            read.add(cls)
            waiting += cls.nested().values()
            waiting += [b for b in cls.__mro__ if issubclass(b, SettingsGroup) and b.model_config.get("env_prefix")]
    found: dict[str, set[type[SettingsGroup]]] = {}
    for cls in read:
        for name, variable in cls.variables().items():
            declarer = next(base for base in cls.__mro__ if name in inspect.get_annotations(base))
            found.setdefault(variable, set()).add(declarer)
    return found


def test_no_setting_is_spelled_twice() -> None:
    declared = declaring_classes()
    twice = {variable: sorted(map(str, classes)) for variable, classes in declared.items() if len(classes) > 1}
    print(f"{len(declared)} settings, {len(twice)} spelled more than once")
    assert len(declared) > 100
    assert not twice
