"""YAML that people write, read so that mistakes can be told with their line.

Nodes instead of values: their text is what stands in the file, so that `no` or `1` does not turn into a boolean or a
number.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from voice_stack.core.errors import SettingsError

MAX_BYTES: Final = 2**20
"""Size of a file that a person writes; reading so much takes about half a second."""

_MAX_DEPTH: Final = 20
# libyaml's reader is ten times as fast, and PyYAML can be built without it. Its own one tells mistakes better.
_FAST: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CLEAR: Final[Any] = yaml.SafeLoader
_CLEAR_CHARACTERS: Final = 32 * 1024


def read_yaml(path: Path) -> yaml.Node | None:
    """The root of a YAML file, or None when nothing is in it.

    Raises:
        SettingsError: no file of text, larger than `MAX_BYTES`, or not YAML; names file and line.
    """
    try:
        return _composed(path, _text_of(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SettingsError(f"{path}, line {mark.line + 1 if mark else 1}: {error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f"{path}: not YAML: {error}") from error


def mistake(path: Path, node: yaml.Node, message: str) -> SettingsError:
    """An error about one place of a file."""
    return SettingsError(f"{path}, line {node.start_mark.line + 1}: {message}")


def _text_of(path: Path) -> str:
    if not path.is_file():  # a pipe would never end
        raise OSError("it is no file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{path}: larger than {MAX_BYTES // 2**20} MiB, which nobody writes by hand.")
    return data.decode("utf-8-sig")


def _composed(path: Path, text: str) -> yaml.Node | None:
    node: yaml.Node | None
    try:
        _check_depth(path, text, _FAST)
        node = yaml.compose(text, Loader=_FAST)
    except yaml.MarkedYAMLError:
        if len(text) > _CLEAR_CHARACTERS:
            raise
        _check_depth(path, text, _CLEAR)
        node = yaml.compose(text, Loader=_CLEAR)
    return node


def _check_depth(path: Path, text: str, loader: Any) -> None:
    """See that nothing is nested without end: the fast reader's stack is the process's.

    Raises:
        SettingsError: something is.
    """
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise SettingsError(f"{path}, line {line}: nested more than {_MAX_DEPTH} levels deep.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
