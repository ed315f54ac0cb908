"""chatterbox-tts's language model shows its steps by this name, which its module holds."""

from collections.abc import Iterable
from typing import Any


def tqdm(steps: Iterable[Any], **kwargs: Any) -> Iterable[Any]:
    raise AssertionError("a bar is shown")
