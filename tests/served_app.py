"""An application on a real loopback socket, for what TestClient cannot show: streams, disconnects, early answers."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from voice_stack.web.server import server_config

START_S = 60.0
STOP_S = 30.0


@contextmanager
def served_app(app: FastAPI) -> Iterator[str]:
    """Serve `app` in a thread, configured as in production, and yield its URL (`http://127.0.0.1:40123`)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(server_config(app, "127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server did not start; its log says why")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_S)
