"""Settings of an upstream: an OpenAI-shaped server that computes in our place."""

from urllib.parse import urlsplit

from pydantic import field_validator

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineOptions

_SCHEMES = ("http", "https")


class UpstreamOptions(EngineOptions):
    """One upstream. A kind's own group adds the prefix, and the name of the model."""

    # Hidden, for a mistaken one may hold a password; one that does is refused.
    url: str = setting(
        "",
        secret=True,
        description="Base URL of an OpenAI-shaped server (vLLM, LocalAI, another Voice Stack), with its /v1. Audio and "
        "texts are sent there, and nowhere else. Empty: the engine `remote` cannot be used.",
    )
    model: str = setting("", description="Name of the model, as the upstream knows it.")
    api_key: str = setting("", secret=True, shapes=False, description="Bearer token for the upstream. Empty: none.")
    timeout_s: float = setting(
        60.0,
        allow_inf_nan=False,
        gt=0,
        le=3600,
        shapes=False,
        description="Seconds without a byte after which the upstream is given up; five times as long for all of an "
        "answer.",
    )
    concurrency: int = setting(
        4, ge=1, le=256, shapes=False, description="Requests that the upstream is sent at once; others wait here."
    )
    use_proxy: bool = setting(
        False, shapes=False, description="Go through the proxy that HTTP_PROXY and HTTPS_PROXY name."
    )

    @field_validator("url", mode="after")
    @classmethod
    def _whole_url(cls, value: str) -> str:
        url = value.strip().rstrip("/")
        if not url:
            return ""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("must be a URL with http:// or https:// and a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must hold no user and no password; a key has a setting of its own")
        if parts.query or parts.fragment:
            raise ValueError("must end with its path, such as /v1")
        return url

    @property
    def obstacle(self) -> str | None:
        """Reason why there is no upstream to ask; None when there may be one."""
        if self.url:
            return None
        variable = self.variables()["url"]
        return f"The engine remote needs {variable}: the base URL of an OpenAI-shaped server, with its /v1."
