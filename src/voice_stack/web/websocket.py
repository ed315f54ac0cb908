"""WebSocket on one connection: uvicorn's protocol, whose client is given up like one of HTTP.

Apart from `protocol`, because uvicorn's half of it is imported when the first client asks for a WebSocket.
"""

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from voice_stack.web.protocol import Connection

_logger = logging.getLogger("voice_stack.web.sockets")
# uvicorn's lines have the query, which may hold what nobody else shall read.
_logger.setLevel(logging.WARNING)


class SocketConnection(Connection, WebSocketsSansIOProtocol):
    """A connection that was upgraded."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = self.conn.logger = _logger
