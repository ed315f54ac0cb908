"""The engine that answers: plain data that crosses every seam."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answering:
    """The engine that answers a request. It can be pickled.

    Attributes:
        engine: its name.
        model: id of its model, never a path.
        device: cpu, cuda:0 ...
        fallback: why it answers in place of the engine that was asked for; None when it is that one.
        voice: id of the voice; empty where there is none.
        language: ISO 639-1 code that is spoken; empty where it is not decided.
    """

    engine: str
    model: str
    device: str = "cpu"
    fallback: str | None = None
    voice: str = ""
    language: str = ""
