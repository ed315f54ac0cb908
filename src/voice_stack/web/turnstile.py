"""Requests of a crowd begin one by one, so that whoever asks for the health in between is answered."""

import asyncio
from collections import deque
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send


class TurnstileMiddleware:
    """Lets one request begin in each turn of the event loop.

    When hundreds come at the same moment, all of their first steps would run before anybody else's next one, seconds
    on a slow machine. A request that comes alone does not wait.

    Args:
        app: the application behind.
        free_paths: paths of requests that never wait.
    """

    def __init__(self, app: ASGIApp, free_paths: Collection[str]) -> None:
        self.app = app
        self._free = free_paths
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in self._free:
            await self._turn()
        await self.app(scope, receive, send)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._taken:
            self._taken = True
            loop.call_soon(self._next, loop)
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its client has not gone meanwhile
                turn.set_result(None)
                loop.call_soon(self._next, loop)
                return
        self._taken = False
