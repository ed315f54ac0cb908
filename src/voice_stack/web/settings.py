"""Settings of the web server, and what every service reads."""

import re

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.logging import LogOptions
from voice_stack.core.settings import CommaList, Settings, SettingsGroup, setting
from voice_stack.core.storage import StorageOptions
from voice_stack.jobs.settings import JobOptions
from voice_stack.serving.scheduling.settings import QueueOptions

# A header may be longer; a head of 64 KiB with a key like that would have no room for anything else.
_KEY_CHARACTERS = 4096
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s,]+", re.IGNORECASE)


class WebOptions(SettingsGroup):
    """The API of both services: name, address, who may call it."""

    project_name: str = setting("Voice Stack", shapes=False, description="Title shown in the API documentation.")
    api_v1_str: str = setting(
        "/v1", shapes=False, pattern=r"^/[\w/-]*[\w-]$", description="Path prefix of the OpenAI routes."
    )
    cors_origins: CommaList = setting(
        [],
        shapes=False,
        description="Browser origins that may call the API, comma-separated (http://localhost:3000). "
        "Empty: no cross-origin calls. `*` allows any origin, without credentials.",
    )
    api_key: str = setting(
        "",
        shapes=False,
        secret=True,
        description="Bearer token that clients must send, of printable characters. Empty: open, any token is accepted.",
    )

    models_api: bool = setting(
        True,
        shapes=False,
        description="Let clients download, remove, load and free models (POST and DELETE on /models). false: they "
        "answer 404, and only the lists stay.",
    )

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
        key = value.strip()
        if value and not key:
            raise ValueError("is blank; leave it empty for an open service")
        if len(key) > _KEY_CHARACTERS:
            raise ValueError(f"is longer than {_KEY_CHARACTERS} characters, more than a header carries")
        if wrong := next((character for character in key if not character.isprintable()), None):
            # Surrogates are bytes of an environment that are no UTF-8.
            raise ValueError(f"holds the character U+{ord(wrong):04X}, which no header carries; take printable ones")
        return key


class ConnectionOptions(SettingsGroup):
    """The connections of clients."""

    model_config = SettingsConfigDict(env_prefix="HTTP_")

    max_connections: int = setting(
        0,
        ge=0,
        shapes=False,
        description="Connections at once. At the bound, idle and half-open ones are closed for new ones; when all are "
        "busy, new ones wait. 0: what the limit of open files (ulimit -n) allows, 1000 at the most.",
    )
    head_timeout_s: float = setting(
        20.0, gt=0, allow_inf_nan=False, shapes=False, description="Seconds in which the head of a request must come."
    )
    send_timeout_s: float = setting(
        60.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds without a byte taken after which a client that does not read its answer is given up.",
    )
    upload_idle_s: float = setting(
        60.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds without a byte after which a client that stops in the middle of its upload is given up.",
    )
    upload_min_bytes_s: float = setting(
        1000.0,
        ge=0,
        allow_inf_nan=False,
        shapes=False,
        description="Bytes a second that an upload must have, on an average of HTTP_UPLOAD_IDLE_S; slower ones are a "
        "408. 0: any.",
    )


class WyomingOptions(SettingsGroup):
    """Wyoming, the protocol of Home Assistant, beside HTTP."""

    model_config = SettingsConfigDict(env_prefix="WYOMING_")

    enabled: bool = setting(
        False, shapes=False, description="Speak Wyoming too (needs the extra `wyoming`), on a port of its own."
    )
    keyless: bool = setting(
        False,
        shapes=False,
        description="Speak it to other machines although API_KEY is set. The protocol carries no key: whoever reaches "
        "the port is served. false: such a start is refused.",
    )
    max_connections: int = setting(
        32,
        ge=1,
        le=10_000,
        shapes=False,
        description="Connections at once, of each service. At the bound idle ones are closed for new ones; when all "
        "are busy, new ones get an error.",
    )
    idle_timeout_s: float = setting(
        60.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds without a whole event after which a client that is not being served is given up.",
    )
    zeroconf: bool = setting(
        False,
        shapes=False,
        description="Announce the service in the local network, where Home Assistant finds it by itself (needs the "
        "extra `zeroconf`).",
    )


class WyomingDoor(SettingsGroup):
    """The address that a service speaks Wyoming on. Its own group adds the prefix and the port."""

    host: str = setting(
        "", shapes=False, description="Address that Wyoming listens on. Empty: the one that HTTP listens on."
    )
    port: int = setting(10_300, ge=1, le=65535, shapes=False, description="Port that Wyoming listens on.")


class RealtimeOptions(SettingsGroup):
    """Realtime sessions over WebSockets (/v1/realtime)."""

    model_config = SettingsConfigDict(env_prefix="REALTIME_")

    max_sessions: int = setting(
        64, ge=0, le=2000, shapes=False, description="Sessions at once; further ones get a 429. 0: none."
    )
    max_frame_mb: float = setting(
        15.0,
        gt=0,
        le=64,
        allow_inf_nan=False,
        shapes=False,
        description="Most audio in one event, in MiB of base64; a larger one is an error event.",
    )
    idle_s: float = setting(
        900.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds without an event of the client after which a session is closed.",
    )
    max_session_s: float = setting(
        86_400.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds after which a session is closed.",
    )


class DebugOptions(SettingsGroup):
    """The debugger."""

    model_config = SettingsConfigDict(env_prefix="DEBUGPY_")

    enable: bool = setting(
        False, shapes=False, description="Start a debugpy server in the service (needs `pip install debugpy`)."
    )
    host: str = setting("127.0.0.1", shapes=False, description="Address that debugpy listens on.")
    port: int = setting(5678, ge=1, le=65535, shapes=False, description="Port that debugpy listens on.")
    wait: bool = setting(False, shapes=False, description="Wait for a debugger before the service starts.")


class ServiceSettings(Settings):
    """Settings of every service."""

    web: WebOptions = WebOptions()
    connections: ConnectionOptions = ConnectionOptions()
    wyoming: WyomingOptions = WyomingOptions()
    realtime: RealtimeOptions = RealtimeOptions()
    log: LogOptions = LogOptions()
    storage: StorageOptions = StorageOptions()
    queue: QueueOptions = QueueOptions()
    jobs: JobOptions = JobOptions()
    debug: DebugOptions = DebugOptions()
