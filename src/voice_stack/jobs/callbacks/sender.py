"""Telling other hosts that jobs are over."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from voice_stack.core.errors import InvalidRequestError, ServiceUnavailableError
from voice_stack.jobs.backoff import backoff_s
from voice_stack.jobs.callbacks.policy import check_callback, signed_headers
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.store.callback_store import DELIVERED, FAILED, PENDING, DueCallback

if TYPE_CHECKING:
    from httpx2 import AsyncClient

logger = logging.getLogger("voice_stack.jobs")

MAX_ATTEMPTS = 12
# With the base of 5 s, twelve attempts spread over about three hours.
_RETRY_MOST_S = 3600.0
_AT_ONCE = 8
_TIMEOUT_S = 10.0
_IDLE_S = 60.0
_DATABASE_RETRY_S = 5.0
_GONE = 410


class CallbackSender:
    """Delivers the callbacks of one spool, at least once each. On the event loop.

    A callback is a POST of `{"id", "object": "event", "type": "job.completed", "created_at", "data": JOB}`, signed as
    `signed_headers` says. Any 2xx is a delivery; 410 gives the callback up; everything else, redirects included, is
    tried again, twelve times in all.

    Args:
        body: the bytes to send about a job, by its id and the event's; None when the job is gone.
        hosts, secret: JOB_CALLBACK_HOSTS and JOB_CALLBACK_SECRET.
        retry_base_s: seconds before the second attempt.
    """

    def __init__(
        self,
        storage: Storage,
        body: Callable[[str, str], Awaitable[bytes | None]],
        *,
        hosts: Sequence[str],
        secret: str,
        retry_base_s: float,
    ) -> None:
        self._store = storage.jobs.callbacks
        self._threads = storage.threads
        self._clock = storage.clock
        self._body = body
        self._hosts = hosts
        self._secret = secret
        self._retry_base_s = retry_base_s
        self._waker = asyncio.Event()

    def wake(self) -> None:
        """A callback may be due."""
        self._waker.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        client: AsyncClient | None = None
        try:
            while True:
                self._waker.clear()
                try:
                    due = await self._threads.database(self._store.due, self._clock(), _AT_ONCE)
                    if due:
                        if client is None:
                            client = await self._threads.disk(_make_client)
                        await self._deliver_all(client, due)
                        continue
                    moment = await self._threads.database(self._store.next_at)
                    pause = _IDLE_S if moment is None else min(_IDLE_S, max(0.0, moment - self._clock()))
                except ServiceUnavailableError as error:
                    logger.error("callbacks cannot be read: %s", error)
                    pause = _DATABASE_RETRY_S
                except Exception:
                    logger.exception("callbacks could not be sent")
                    pause = _DATABASE_RETRY_S
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._waker.wait()
        finally:
            if client is not None:
                await client.aclose()

    async def _deliver_all(self, client: "AsyncClient", due: Sequence[DueCallback]) -> None:
        await asyncio.gather(*(self._deliver(client, callback) for callback in due))

    async def _deliver(self, client: "AsyncClient", callback: DueCallback) -> None:
        attempts = callback.attempts + 1
        problem, is_final = await self._attempt(client, callback)
        if problem is None:
            status, next_at = DELIVERED, None
        elif is_final or attempts >= MAX_ATTEMPTS:
            status, next_at = FAILED, None
            logger.error("the callback of %s is given up: %s", callback.job_id, problem)
        else:
            status = PENDING
            next_at = self._clock() + backoff_s(attempts, base_s=self._retry_base_s, most_s=_RETRY_MOST_S)
            logger.warning("the callback of %s failed, attempt %d: %s", callback.job_id, attempts, problem)
        await self._threads.database(
            self._store.note, callback.id, attempts=attempts, status=status, next_at=next_at, error=problem
        )

    async def _attempt(self, client: "AsyncClient", callback: DueCallback) -> tuple[str | None, bool]:
        """Reason of a failure, None for a success; and True when another attempt is useless."""
        import httpx2

        try:
            # Once more: the setting may have changed since the callback was accepted.
            check_callback(callback.url, self._hosts)
        except InvalidRequestError as error:
            return error.message, True
        body = await self._body(callback.job_id, callback.id)
        if body is None:
            return "The job is gone.", True
        headers = signed_headers(self._secret, callback.id, int(self._clock()), body)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                # The answer's body is not read: nobody needs it, and it may have no end.
                async with client.stream("POST", callback.url, content=body, headers=headers) as response:
                    status = response.status_code
        except TimeoutError:
            return f"No answer in {_TIMEOUT_S:g} s.", False
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return f"{type(error).__name__}: {error}", False
        return (None if 200 <= status < 300 else f"The answer has status {status}."), status == _GONE


def _make_client() -> "AsyncClient":
    """Blocking: it reads the certificates. No redirects, no proxy, no credentials from the environment."""
    import httpx2

    return httpx2.AsyncClient(follow_redirects=False, trust_env=False, timeout=_TIMEOUT_S)
