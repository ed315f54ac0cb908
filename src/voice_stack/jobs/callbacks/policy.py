"""Policy of callbacks: the hosts that are allowed, and the signature."""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence

from voice_stack.core.errors import InvalidRequestError

MAX_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?P<host>[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?")
_SECRET_PREFIX = "whsec_"


def check_host(text: str) -> str:
    """An entry of the list of allowed hosts, in lower case.

    Raises:
        ValueError: it is neither `host` nor `host:port`.
    """
    found = _HOST.fullmatch(text.lower())
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(f"{text!r} is no host: name or name:port, without scheme and path")
    return text.lower()


def check_callback(url: str, hosts: Sequence[str]) -> str:
    """See that a callback may be sent.

    The address is taken apart by the client that will connect, so that the two cannot disagree about its host.

    Args:
        hosts: the allowed ones: `name` means the scheme's own port.

    Returns:
        The URL.

    Raises:
        InvalidRequestError: it may not.
    """
    import httpx2  # loaded only where callbacks are used

    if not hosts:
        raise InvalidRequestError("Callbacks are turned off (JOB_CALLBACK_HOSTS is empty).", param="callback_url")
    try:
        if len(url) > MAX_URL:
            raise httpx2.InvalidURL(f"longer than {MAX_URL} characters")
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise InvalidRequestError(f"callback_url is no URL: {error}.", param="callback_url") from error
    if parsed.scheme not in _DEFAULT_PORTS or not parsed.host or parsed.userinfo or parsed.fragment:
        raise InvalidRequestError(
            "callback_url must be http:// or https:// and a host, without user, password or fragment.",
            param="callback_url",
        )
    name = parsed.raw_host.decode("ascii").lower()
    name = f"[{name}]" if ":" in name else name
    port = parsed.port or _DEFAULT_PORTS[parsed.scheme]
    allowed = {entry if _has_port(entry) else f"{entry}:{_DEFAULT_PORTS[parsed.scheme]}" for entry in hosts}
    if f"{name}:{port}" not in allowed:
        raise InvalidRequestError(
            f"callback_url: {name[:80]}:{port} is not among the hosts of JOB_CALLBACK_HOSTS.", param="callback_url"
        )
    return url


def _has_port(entry: str) -> bool:
    found = _HOST.fullmatch(entry)
    return found is not None and found["port"] is not None


def usable_secret(secret: str) -> bytes:
    """The key behind a secret: the decoded part after `whsec_`, or the text's own bytes.

    Raises:
        ValueError: it begins with `whsec_` and does not go on in base64.
    """
    if not secret.startswith(_SECRET_PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64 after whsec_") from error
    if not key:
        raise ValueError("is empty after whsec_")
    return key


def signed_headers(secret: str, identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a callback, in the scheme of Standard Webhooks, which OpenAI's SDKs verify too.

    `webhook-id` names the event and is the same in every attempt, `webhook-timestamp` is the attempt's time, and
    `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`. A
    receiver computes the same, compares in constant time, and refuses timestamps that are more than five minutes off.

    Args:
        timestamp: seconds since the epoch.
    """
    message = b".".join((identity.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.digest(usable_secret(secret), message, "sha256")).decode()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
