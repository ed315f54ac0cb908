"""chatterbox-tts's tokenizer asks the hub for a table by this name, which its module holds."""

from typing import Any


def hf_hub_download(*args: Any, **kwargs: Any) -> str:
    raise AssertionError("the hub was asked")
