"""Headers that say which engine answered."""

from voice_stack.serving.answering import Answering

ENGINE_HEADER = "x-voice-stack-engine"
MODEL_HEADER = "x-voice-stack-model"
FALLBACK_HEADER = "x-voice-stack-fallback"


def answering_headers(answering: Answering) -> dict[str, str]:
    """Headers that say which engine answered, and why it is not the one that was asked for."""
    headers = {ENGINE_HEADER: answering.engine, MODEL_HEADER: header_text(answering.model)}
    if answering.fallback:
        headers[FALLBACK_HEADER] = header_text(answering.fallback)
    return headers


def header_text(text: str) -> str:
    """Text as a header may hold it: printable ASCII on one line."""
    line = " ".join(text.split())[:300]
    return "".join(c if " " <= c <= "~" else "?" for c in line)
