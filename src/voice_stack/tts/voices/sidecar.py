"""Facts that NAME.json tells of a voice."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voice_stack.core.errors import UnusableVoiceError
from voice_stack.language.codes import find_language

_MAX_BYTES: Final = 256 * 1024
_GENDERS: Final = ("female", "male")


@dataclass(frozen=True, slots=True)
class VoiceFacts:
    """Facts that cannot be heard in the recordings.

    Attributes:
        name: for people; empty for the id.
        language: ISO 639-1 code of what is spoken in them, or None.
        transcript: what is spoken in them, or None.
        gender: female, male or empty.
    """

    name: str = ""
    language: str | None = None
    description: str = ""
    transcript: str | None = None
    gender: str = ""


def read_facts(path: Path) -> VoiceFacts:
    """Read a JSON file. Fields that are not known are left alone.

    Raises:
        UnusableVoiceError: it cannot be read or makes no sense; the message says where.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UnusableVoiceError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(data) > _MAX_BYTES:
        raise UnusableVoiceError(f"{path.name} is larger than {_MAX_BYTES // 1024} KiB.")
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text)
    except UnicodeDecodeError as error:
        raise UnusableVoiceError(f"{path.name} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise UnusableVoiceError(f"{path.name}, line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise UnusableVoiceError(f"{path.name} is no JSON: {error}.") from error
    if not isinstance(value, dict):
        raise UnusableVoiceError(f'{path.name}, line 1: {{"language": ..., "description": ...}} is needed.')
    fields = _Fields(path.name, text, value)
    return VoiceFacts(
        name=fields.string("name"),
        language=fields.language(),
        description=fields.string("description"),
        transcript=fields.string("transcript") or None,
        gender=fields.gender(),
    )


class _Fields:
    """The fields of a file, and where they stand."""

    def __init__(self, file: str, text: str, values: dict[str, Any]) -> None:
        self._file = file
        self._text = text
        self._values = values

    def string(self, key: str) -> str:
        value = self._values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._mistake(key, f'"{key}" must be a text in quotes')
        # JSON can hold half a surrogate pair, which no answer could be written with.
        return value.encode("utf-8", "replace").decode().strip()

    def language(self) -> str | None:
        value = self.string("language")
        if not value:
            return None
        code = find_language(value)
        if code is None:
            raise self._mistake("language", f'"{value[:40]}" is no language; write its code, such as de')
        return code

    def gender(self) -> str:
        value = self.string("gender").lower()
        if value and value not in _GENDERS:
            raise self._mistake("gender", '"gender" is female or male')
        return value

    def _mistake(self, key: str, message: str) -> UnusableVoiceError:
        line = self._text.count("\n", 0, max(0, self._text.find(f'"{key}"'))) + 1
        return UnusableVoiceError(f"{self._file}, line {line}: {message}.")
