"""Settings of the jobs, for both services."""

from pydantic import Field, ValidationInfo, field_validator

from voice_stack.core.settings import CommaList, CoreSettings, split_commas
from voice_stack.jobs.callbacks.policy import check_host, usable_secret


class JobSettings(CoreSettings):
    """Settings of the jobs, on top of the core settings."""

    job_database_url: str = Field(
        "",
        repr=False,
        description="Database of the jobs: postgresql://user:password@host/name (extra `postgres`), or sqlite:///path. "
        "Empty: an SQLite file in DATA_DIR. The files of the jobs are in DATA_DIR in any case.",
    )
    job_workers: int = Field(
        4,
        ge=1,
        le=64,
        description="Jobs that run at once. With two or more, one place is kept for the interactive lane.",
    )
    job_spool_mb: float = Field(
        20_000.0,
        gt=0,
        allow_inf_nan=False,
        description="MiB on disk for the inputs, the checkpoints and the results of jobs; beyond, new jobs are "
        "refused with 507.",
    )
    job_result_ttl_s: float = Field(
        86_400.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that a finished job's result is kept, and that the same request gets it again.",
    )
    job_batch_items: int = Field(200, ge=1, le=10_000, description="Files or texts that one batch request may hold.")
    job_callback_hosts: CommaList = Field(
        default_factory=list,
        description="Hosts that `callback_url` may name, comma-separated: example.org for the scheme's own port, "
        "example.org:8080 for another. Empty: callbacks are refused.",
    )
    job_callback_secret: str = Field(
        "",
        validate_default=True,
        repr=False,
        description="Secret that callbacks are signed with (HMAC-SHA256, the scheme of Standard Webhooks): text, or "
        "whsec_ and base64. Needed with JOB_CALLBACK_HOSTS.",
    )

    @field_validator("job_callback_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("job_callback_hosts", mode="after")
    @classmethod
    def _known_hosts(cls, value: list[str]) -> list[str]:
        return [check_host(host) for host in value]

    @field_validator("job_callback_secret", mode="after")
    @classmethod
    def _secret_where_needed(cls, value: str, info: ValidationInfo) -> str:
        if value:
            usable_secret(value)
        elif info.data.get("job_callback_hosts"):
            raise ValueError("must be set, because JOB_CALLBACK_HOSTS allows callbacks")
        return value
