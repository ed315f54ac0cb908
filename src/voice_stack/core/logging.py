"""Logging of both services: human lines or JSON lines on stderr, with the request id on every line.

Services log to `voice_stack.asr` and `voice_stack.tts`. What a line is about goes into `extra={...}`: JSON lines
carry it as keys, human lines as `key=value`.
"""

import json
import logging
import logging.config
import math
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class LogLevel(StrEnum):
    """Least level of the lines that are written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    """Shape of a line."""

    HUMAN = "human"
    JSON = "json"


class LogOptions(SettingsGroup):
    """The log."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    level: LogLevel = setting(
        LogLevel.INFO, shapes=False, description="DEBUG, INFO, WARNING or ERROR. Texts appear at DEBUG only."
    )
    format: LogFormat = setting(LogFormat.HUMAN, shapes=False, description="human, or json for one JSON object a line.")

    @field_validator("level", mode="before")
    @classmethod
    def _upper_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


# The request that the running code works for; "-" outside a request. Threads started through asyncio or anyio inherit
# it; code that starts its own threads runs them in `contextvars.copy_context()`.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

# What every LogRecord has; everything else came in through `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "color_message"}
# Control characters could repaint the terminal; newlines are kept, and indented, so that a text cannot forge a line.
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) not in "\n\t"} | {10: "\n    "}


class RequestIdFilter(logging.Filter):
    """Puts the current request id on each record (in the thread that logs)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the id of the request on the record; always True."""
        record.request_id = request_id.get()
        return True


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _request_id(record: logging.LogRecord) -> str:
    return str(getattr(record, "request_id", "-"))


class HumanFormatter(logging.Formatter):
    """`2026-11-21 08:05:41.123 INFO    [req_1f] voice_stack.asr: message key=value`, local time."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s [%(request_id)s] %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of a record, with nothing in it that a terminal would obey."""
        record.request_id = _request_id(record)
        pairs = [f"{key}={value}" for key, value in _extras(record).items()]
        return " ".join([super().formatMessage(record), *pairs]).translate(_ESCAPES)

    def formatException(self, ei: Any) -> str:
        """The traceback, with nothing in it that a terminal would obey."""
        return super().formatException(ei).translate(_ESCAPES)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, request_id, the extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id(record),
        }
        line |= {key: value for key, value in _extras(record).items() if key not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(_plain(line), ensure_ascii=False, default=str)


def _plain(value: object) -> object:
    """`value` without what JSON has no word for: NaN and infinities as text, keys as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def configure_logging(level: LogLevel, format: LogFormat) -> None:
    """Send the project's, uvicorn's and everybody else's log lines to stderr in one format.

    Args:
        level: least severe level of the project's own loggers. uvicorn's are shown from INFO, others from WARNING
            (their DEBUG lines may hold what was said).
        format: human or JSON lines.
    """
    formatter = JsonFormatter if format is LogFormat.JSON else HumanFormatter
    uvicorn_level = max(logging.INFO, logging.getLevelNamesMapping()[level])
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": RequestIdFilter}},
            "formatters": {"line": {"()": formatter}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stderr",
                    "formatter": "line",
                    "filters": ["request_id"],
                }
            },
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "voice_stack": {"level": level.value, "propagate": True},
                "voice_stack.asr": {"level": level.value, "propagate": True},
                "voice_stack.tts": {"level": level.value, "propagate": True},
                "uvicorn": {"level": uvicorn_level, "handlers": [], "propagate": True},
                "uvicorn.error": {"level": uvicorn_level, "handlers": [], "propagate": True},
                # One line a request is ours already (voice_stack.web), with its id and its time.
                "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            },
        }
    )


class Seldom:
    """A logger for what can happen thousands of times a minute: each line at once, and then once a minute at most.

    Args:
        logger: that the lines go to.
        every_s: seconds between two lines of the same text.
    """

    def __init__(self, logger: logging.Logger, every_s: float = 60.0) -> None:
        self._logger = logger
        self._every_s = every_s
        self._written: dict[str, tuple[float, int]] = {}

    def warning(self, line: str) -> None:
        """Write a line, with how often it was left out since the last time."""
        self._write(logging.WARNING, line)

    def error(self, line: str) -> None:
        """Write a line, with how often it was left out since the last time."""
        self._write(logging.ERROR, line)

    def _write(self, level: int, line: str) -> None:
        now = time.monotonic()
        last, left_out = self._written.get(line, (-math.inf, 0))
        if now - last < self._every_s:
            self._written[line] = (last, left_out + 1)
            return
        self._written[line] = (now, 0)
        self._logger.log(level, "%s%s", line, f" ({left_out} times more since the last such line)" if left_out else "")
