"""The header with which a client says how soon it wants its answer."""

from typing import Annotated

from fastapi import Depends, Header

from voice_stack.core.errors import InvalidRequestError
from voice_stack.serving.scheduling.policy import Lane

PRIORITY_HEADER = "x-priority"


async def read_priority(
    x_priority: Annotated[
        str | None,
        Header(
            description="interactive: somebody waits for it; batch: it may take its time. Told by the length of the "
            "audio or text when left out.",
            json_schema_extra={"enum": [lane.value for lane in Lane]},
        ),
    ] = None,
) -> Lane | None:
    """The lane that a client asks for, or None.

    Raises:
        InvalidRequestError: the header says something else.
    """
    if x_priority is None:
        return None
    try:
        return Lane(x_priority.strip().lower())
    except ValueError as error:
        raise InvalidRequestError(
            f"{PRIORITY_HEADER}: {x_priority[:40]!r} is not one of {', '.join(Lane)}.", param=PRIORITY_HEADER
        ) from error


Priority = Annotated[Lane | None, Depends(read_priority)]
