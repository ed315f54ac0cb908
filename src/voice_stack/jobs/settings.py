"""Settings of the jobs, for both services."""

from pydantic import ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, SettingsGroup, setting
from voice_stack.jobs.callbacks.policy import check_host, usable_secret


class JobOptions(SettingsGroup):
    """The jobs."""

    model_config = SettingsConfigDict(env_prefix="JOB_")

    database_url: str = setting(
        "",
        secret=True,
        shapes=False,
        description="Database of the jobs: postgresql://user:password@host/name (extra `postgres`), or sqlite:///path. "
        "Empty: an SQLite file in DATA_DIR. The files of the jobs are in DATA_DIR in any case.",
    )
    workers: int = setting(
        4,
        ge=1,
        le=64,
        shapes=False,
        description="Jobs that run at once. With two or more, one place is kept for the interactive lane.",
    )
    spool_mb: float = setting(
        20_000.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="MiB on disk for the inputs, the checkpoints and the results of jobs; beyond, new jobs are "
        "refused with 507.",
    )
    result_ttl_s: float = setting(
        86_400.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds that a finished job's result is kept, and that the same request gets it again.",
    )
    batch_items: int = setting(
        200, ge=1, le=10_000, shapes=False, description="Files or texts that one batch request may hold."
    )
    callback_hosts: CommaList = setting(
        [],
        shapes=False,
        description="Hosts that `callback_url` may name, comma-separated: example.org for the scheme's own port, "
        "example.org:8080 for another. Empty: callbacks are refused.",
    )
    callback_secret: str = setting(
        "",
        validate_default=True,
        secret=True,
        shapes=False,
        description="Secret that callbacks are signed with (HMAC-SHA256, the scheme of Standard Webhooks): text, or "
        "whsec_ and base64. Needed with JOB_CALLBACK_HOSTS.",
    )

    @field_validator("callback_hosts", mode="after")
    @classmethod
    def _known_hosts(cls, value: list[str]) -> list[str]:
        return [check_host(host) for host in value]

    @field_validator("callback_secret", mode="after")
    @classmethod
    def _secret_where_needed(cls, value: str, info: ValidationInfo) -> str:
        if value:
            usable_secret(value)
        elif info.data.get("callback_hosts"):
            raise ValueError("must be set, because JOB_CALLBACK_HOSTS allows callbacks")
        return value
