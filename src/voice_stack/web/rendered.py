"""Answers as plain data on their way to a client."""

from collections.abc import Callable

from starlette.responses import Response

from voice_stack.core.rendered import Rendered
from voice_stack.web.streaming import ByteStreamResponse


def rendered_response(rendered: Rendered, on_close: Callable[[], None] = lambda: None) -> Response:
    """The response that carries an answer.

    Args:
        on_close: called once when pieces are sent, however that ends; must not block.
    """
    if isinstance(rendered.body, bytes):
        headers = dict(rendered.headers)
        return Response(rendered.body, rendered.status, media_type=rendered.content_type, headers=headers)
    return ByteStreamResponse(
        rendered.body, media_type=rendered.content_type, headers=rendered.headers, on_close=on_close
    )
