"""Cross-origin calls, so that OpenAI's client works in a browser."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Send

from voice_stack.core.envelope import error_body
from voice_stack.core.errors import InvalidRequestError

_EXPOSED = ("x-request-id", "openai-processing-ms", "x-should-retry", "retry-after", "content-disposition")
_OWN_PREFIX = b"x-voice-stack-"


class CrossOriginMiddleware(CORSMiddleware):
    """Starlette's middleware with our policy; refusals are envelopes, our own headers are readable.

    Args:
        app: the application behind.
        origins: explicit origins, which may send credentials; or `*`, for any origin without credentials.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        anyone = "*" in origins
        super().__init__(
            app,
            allow_origins=["*"] if anyone else list(origins),
            allow_methods=["*"],
            # Mirrors what the browser asks for: authorization, content-type, every x-stainless-* header.
            allow_headers=["*"],
            allow_credentials=not anyone,
            allow_private_network=not anyone,
            expose_headers=_EXPOSED,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser's question before its request."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        refusal = JSONResponse(error_body(InvalidRequestError(bytes(response.body).decode())), 400)
        for name, value in response.headers.items():
            if name not in ("content-type", "content-length"):
                refusal.headers[name] = value
        return refusal

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        """Send an answer with the headers that let a browser's script read ours."""

        async def expose_own(inner: Message) -> None:
            if inner["type"] == "http.response.start":
                own = [name for name, _ in inner["headers"] if name.lower().startswith(_OWN_PREFIX)]
                inner["headers"] = [
                    (name, b", ".join([value, *own]) if name == b"access-control-expose-headers" else value)
                    for name, value in inner["headers"]
                ]
            await send(inner)

        await super().send(message, expose_own, request_headers)
