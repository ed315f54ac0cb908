"""Settings from the environment and `.env`: the base that both services extend.

Nothing is read at import; `load_settings` is called once by the code that assembles a service, and what is wrong
stops the start with the variable's name, its value and what is allowed.
"""

import difflib
import os
import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from voice_stack.core.errors import SettingsError

S = TypeVar("S", bound="CoreSettings")

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s,]+", re.IGNORECASE)

# A list setting: comma-separated in the environment, never JSON.
CommaList = Annotated[list[str], NoDecode]


def split_commas(value: object) -> object:
    """Turn `"a, b"` into `["a", "b"]`; anything that is not text is left to the validation."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def check_device(value: str) -> str:
    """The name of a device as it is.

    Raises:
        ValueError: it is none of auto, cpu, cuda, cuda:N.
    """
    if not _DEVICE.fullmatch(value):
        raise ValueError("must be auto, cpu, cuda or cuda:N")
    return value


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    HUMAN = "human"
    JSON = "json"


class CoreSettings(BaseSettings):
    """What both services read. Field names in upper case are the variables' names."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", case_sensitive=False, frozen=True
    )

    project_name: str = Field("Voice Stack", description="Title shown in the API documentation.")
    api_v1_str: str = Field("/v1", pattern=r"^/[\w/-]*[\w-]$", description="Path prefix of the OpenAI routes.")
    cors_origins: CommaList = Field(
        default_factory=list,
        description="Browser origins that may call the API, comma-separated (http://localhost:3000). "
        "Empty: no cross-origin calls. `*` allows any origin, without credentials.",
    )
    log_level: LogLevel = Field(LogLevel.INFO, description="DEBUG, INFO, WARNING or ERROR. Texts appear at DEBUG only.")
    log_format: LogFormat = Field(LogFormat.HUMAN, description="human, or json for one JSON object a line.")
    api_key: str = Field(
        "", repr=False, description="Bearer token that clients must send. Empty: open, any token is accepted."
    )
    model_dir: Path = Field(
        Path("models"),
        description="Folder that models are downloaded to and looked for in; created when needed.",
    )
    data_dir: Path = Field(Path("data"), description="Folder for what the services compute and keep.")
    hub_timeout_s: float = Field(
        10.0,
        gt=0,
        le=600,
        description="Seconds without an answer after which the model hub counts as unreachable.",
    )
    queue_interactive_requests: int = Field(
        64,
        ge=1,
        le=2000,
        description="Interactive requests (audio up to 30 s, short texts) that are accepted at once; further ones get "
        "a 429 with Retry-After.",
    )
    queue_interactive_s: float = Field(
        120.0,
        allow_inf_nan=False,
        ge=0,
        description="Seconds of work of the interactive requests above which a new one gets a 429. They share the "
        "engine, so a new one begins long before all of that is done. 0: any.",
    )
    queue_batch_requests: int = Field(
        256,
        ge=1,
        le=2000,
        description="Batch requests (Bazarr, long files and texts) that are accepted at once; further ones get a 429.",
    )
    queue_batch_s: float = Field(
        86_400.0,
        allow_inf_nan=False,
        ge=0,
        description="Seconds of work before a new batch request above which it gets a 429. 0: any.",
    )
    queue_batch_active: int = Field(
        8,
        ge=1,
        le=2000,
        description="Batch requests that take turns with each other. Further ones wait in the order they came, with "
        "nothing decoded: this bounds memory.",
    )
    request_timeout_s: float = Field(
        30.0,
        allow_inf_nan=False,
        ge=0,
        description="Seconds that an interactive request waits for its first turn on the engine before it gets a 503; "
        "loading a model is not counted. 0: any.",
    )
    debugpy_enable: bool = Field(
        False, description="Start a debugpy server in the service (needs `pip install debugpy`)."
    )
    debugpy_host: str = Field("127.0.0.1", description="Address that debugpy listens on.")
    debugpy_port: int = Field(5678, ge=1, le=65535, description="Port that debugpy listens on.")
    debugpy_wait: bool = Field(False, description="Wait for a debugger before the service starts.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("cors_origins", mode="after")
    @classmethod
    def _whole_origins(cls, value: list[str]) -> list[str]:
        if "*" in value and len(value) > 1:
            raise ValueError("`*` stands alone: it is every origin")
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin: scheme://host or scheme://host:port, without a path")
        return value

    @field_validator("api_key", mode="after")
    @classmethod
    def _real_key(cls, value: str) -> str:
        if value and not value.strip():
            raise ValueError("is blank; leave it empty for an open service")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


def load_settings(cls: type[S], **overrides: Any) -> S:
    """Read the settings, or say what is wrong with them.

    Args:
        cls: the settings class of the service.
        overrides: field values that win over the environment (tests, command-line options).

    Raises:
        SettingsError: one line for each bad variable: its name, its value, what is allowed.
    """
    try:
        return cls(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(cls, error))) from error


def shaping_settings(settings: CoreSettings, prefix: str, others: Collection[str]) -> list[tuple[str, object]]:
    """The settings of a service that its answers depend on, with their values: all that begin with `prefix` but those
    of `others`, so that a new one counts until somebody has thought about it."""
    names = [name for name in type(settings).model_fields if name.startswith(prefix) and name not in others]
    return [(name, getattr(settings, name)) for name in names]


def misspelt_settings(cls: type[CoreSettings], prefix: str) -> list[str]:
    """Variables in the environment that begin like a setting and are none, each with what may be meant.

    Args:
        prefix: of the service's own variables (`ASR_`).
    """
    known = [name.upper() for name in cls.model_fields]
    unknown = [name for name in sorted(os.environ) if name.upper().startswith(prefix) and name.upper() not in known]
    return [f"{name} is no setting{_suggestion(name, known)}." for name in unknown]


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1)
    return f"; is {near[0]} meant?" if near else ""


def _explain(cls: type[CoreSettings], error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        field = cls.model_fields.get(name)
        shown = "(hidden)" if field is not None and field.repr is False else repr(problem.get("input"))
        line = f"{name.upper()}={shown}: {problem['msg']}."
        if field is not None and field.description:
            line += f" {field.description}"
        yield line


def render_env_example(*classes: type[CoreSettings]) -> str:
    """The text of `.env.example`: every variable once, with its description and its default.

    Args:
        classes: settings classes; a field that two of them share is listed with the first.
    """
    seen: set[str] = set()
    blocks: list[str] = ["# Every setting with its default. Copy to .env and change what you need.\n"]
    for cls in classes:
        inherited = set().union(*(base.model_fields for base in cls.__mro__[1:] if issubclass(base, CoreSettings)))
        for group in (sorted(inherited, key=list(cls.model_fields).index), list(cls.model_fields)):
            for name in group:
                if name not in seen:
                    seen.add(name)
                    blocks.append(_env_block(name, cls.model_fields[name]))
    return "\n".join(blocks)


def _env_block(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, list | tuple):
        value = ",".join(str(item) for item in default)
    elif isinstance(default, bool):
        value = str(default).lower()
    else:
        value = "" if default is None else str(default)
    return f"# {field.description or ''}\n{name.upper()}={value}\n"
