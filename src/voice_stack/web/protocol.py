"""HTTP/1.1 on one connection: uvicorn's protocol, which knows for how long its client has kept it waiting."""

import asyncio
import contextlib
from enum import Enum

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from voice_stack.core.envelope import error_body, json_bytes
from voice_stack.core.errors import InvalidRequestError, RequestTimeoutError, VoiceStackError


class Stage(Enum):
    """Thing that a connection waits for."""

    HEAD = "the head of a request that was begun, or the first one"
    NEXT = "the next request of a client that was served before"
    BODY = "the rest of a body"
    ANSWER = "the service"


class Connection:
    """Connection of any protocol, which knows how its client takes what it is sent."""

    transport: asyncio.Transport
    _unsent = 0
    _stuck_since: float | None = None

    def untaken_s(self, now: float) -> float:
        """Seconds for which the client has taken nothing of an answer that waits for it; 0 when none does.

        To be asked from time to time: what counts is whether anything has left since the last call.
        """
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = now
        self._unsent = unsent
        return 0.0 if self._stuck_since is None else now - self._stuck_since


class HttpConnection(Connection, H11Protocol):
    """A connection.

    Attributes:
        stage: what it waits for.
        since: moment of the loop's clock at which the stage began; of a body, at which something last came of it.
    """

    stage = Stage.HEAD
    since = 0.0

    def give_up(self, timeout_s: float) -> None:
        """Close a connection that waits for a head; what was begun is answered with a 408."""
        if self.conn.trailing_data[0]:
            self._refuse(RequestTimeoutError(f"The head of the request was not whole after {timeout_s:g} seconds."))
        else:
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The client has come."""
        self.since = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Something has come of the client."""
        super().data_received(data)
        self._note_stage()

    def on_response_complete(self) -> None:
        """A request is answered."""
        super().on_response_complete()
        self._note_stage()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in our envelope."""
        self._refuse(InvalidRequestError(msg))

    def _note_stage(self) -> None:
        if self.conn.their_state is h11.IDLE:
            stage = Stage.HEAD if self.conn.trailing_data[0] else Stage.NEXT
        else:
            stage = Stage.BODY if self.conn.their_state is h11.SEND_BODY else Stage.ANSWER
        if stage is not self.stage or stage is Stage.BODY:
            self.since = self.loop.time()
        self.stage = stage

    def _refuse(self, error: VoiceStackError) -> None:
        body = json_bytes(error_body(error))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        response = h11.Response(status_code=error.status, headers=headers, reason=STATUS_PHRASES[error.status])
        with contextlib.suppress(h11.LocalProtocolError):  # an answer is on its way already
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in (response, h11.Data(data=body))))
        self.transport.close()
