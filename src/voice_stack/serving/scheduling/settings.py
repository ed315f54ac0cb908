"""Settings of the queue."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class QueueOptions(SettingsGroup):
    """The queue: how many requests and seconds of work may wait."""

    model_config = SettingsConfigDict(env_prefix="QUEUE_")

    interactive_requests: int = setting(
        64,
        ge=1,
        le=2000,
        shapes=False,
        description="Interactive requests (audio up to 30 s, short texts) that are accepted at once; further ones get "
        "a 429 with Retry-After.",
    )
    interactive_s: float = setting(
        120.0,
        allow_inf_nan=False,
        ge=0,
        shapes=False,
        description="Seconds of work of the interactive requests above which a new one gets a 429. They share the "
        "engine, so a new one begins long before all of that is done. 0: any.",
    )
    batch_requests: int = setting(
        256,
        ge=1,
        le=2000,
        shapes=False,
        description="Batch requests (Bazarr, long files and texts) that are accepted at once; further ones get a 429.",
    )
    batch_s: float = setting(
        86_400.0,
        allow_inf_nan=False,
        ge=0,
        shapes=False,
        description="Seconds of work before a new batch request above which it gets a 429. 0: any.",
    )
    batch_active: int = setting(
        8,
        ge=1,
        le=2000,
        shapes=False,
        description="Batch requests that take turns with each other. Further ones wait in the order they came, with "
        "nothing decoded: this bounds memory.",
    )
    request_timeout_s: float = setting(
        30.0,
        validation_alias="REQUEST_TIMEOUT_S",
        allow_inf_nan=False,
        ge=0,
        shapes=False,
        description="Seconds that an interactive request waits for its first turn on the engine before it gets a 503; "
        "loading a model is not counted. 0: any.",
    )
