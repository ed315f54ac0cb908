"""Ephemeral keys: a page in a browser gets one from its own server, and opens a session with it."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "ek_"
DEFAULT_S: Final = 600
LEAST_S: Final = 10
MOST_S: Final = 7200
_MOST_KEYS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """An ephemeral key.

    Attributes:
        expires_at: seconds since the epoch.
        session: the session that it opens, as the client who made it has asked for.
    """

    value: str
    expires_at: int
    session: Mapping[str, Any]


class ClientSecrets:
    """Ephemeral keys of one process, in memory. Thread-safe.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, ClientSecret] = {}

    def make(self, session: Mapping[str, Any], seconds: int = DEFAULT_S) -> ClientSecret:
        """A new key; of very many the oldest is forgotten."""
        secret = ClientSecret(PREFIX + secrets.token_hex(24), int(self._clock()) + seconds, session)
        with self._lock:
            now = self._clock()
            self._kept = {value: one for value, one in self._kept.items() if one.expires_at > now}
            if len(self._kept) >= _MOST_KEYS:
                del self._kept[next(iter(self._kept))]
            self._kept[secret.value] = secret
        return secret

    def find(self, value: str) -> ClientSecret | None:
        """The key of this value, while it lasts."""
        with self._lock:
            secret = self._kept.get(value)
        return secret if secret is not None and secret.expires_at > self._clock() else None
