"""YAML that people write, read so that mistakes can be told with their line.

Nodes instead of values: their text is what stands in the file, so that `no` or `1` does not turn into a boolean or a
number.
"""

from pathlib import Path

import yaml

from voice_stack.core.errors import SettingsError


def read_yaml(path: Path) -> yaml.Node | None:
    """The root of a YAML file, or None when nothing is in it.

    Raises:
        SettingsError: unreadable or not YAML; names file and line.
    """
    try:
        return yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
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
