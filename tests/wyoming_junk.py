"""Strangers at a Wyoming port: streams of events, sound or broken, as a seed draws them."""

import json
import random
from typing import Any

from wyoming.event import Event

from voice_stack.web.wyoming.events import encoded

_TYPES = (
    *("describe", "ping", "select-program", "transcribe", "audio-start", "audio-chunk", "audio-stop"),
    *("synthesize", "synthesize-start", "synthesize-chunk", "synthesize-stop", "error", "transcript", "nobody-knows"),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, 2, 16_000, -1, 2**63, 1.5, 1e999, "", "en", "xx", "alloy", "whisper-1", "text", "ssml"),
    *("Hello. There", "<speak>", "\ud800", "x" * 3000, [], ["Ada"], [1], {}, {"name": "alloy"}, {"name": 5}),
)
_FIELDS = (
    *("rate", "width", "channels", "text", "language", "name", "voice", "text_format", "vad_sensitivity"),
    *("transcript_names", "transcript_terms", "timestamp", "context"),
)


def stranger(seed: int) -> bytes:
    """Bytes that a stranger sends before the connection is closed."""
    draw = random.Random(seed)
    kind = draw.randrange(4)
    if kind == 0:
        return draw.randbytes(draw.choice((1, 10, 1000, 100_000)))
    stream = b"".join(_event(draw) for _ in range(draw.randrange(1, 12)))
    if kind == 1:  # cut
        return stream[: draw.randrange(len(stream))]
    if kind == 2:  # a few bytes are others
        broken = bytearray(stream)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        return bytes(broken)
    return stream


def _event(draw: random.Random) -> bytes:
    data = {draw.choice(_FIELDS): draw.choice(_VALUES) for _ in range(draw.randrange(4))}
    if draw.random() < 0.6:  # one that can be read
        data = {"rate": 16_000, "width": 2, "channels": 1, "text": "One. Two"} | data
    payload = draw.randbytes(draw.choice((0, 0, 1, 3200, 50_000)))
    event = Event(draw.choice(_TYPES), data, payload or None)
    if draw.random() < 0.8:
        return encoded(event)
    lies = {"data_length": draw.choice(_VALUES[:10]), "payload_length": draw.choice(_VALUES[:10])}
    return json.dumps({"type": event.type, "data": data} | lies).encode("utf-8", "replace") + b"\n" + payload
