"""Headers that say which engine answered."""

ENGINE_HEADER = "x-voice-stack-engine"
MODEL_HEADER = "x-voice-stack-model"
FALLBACK_HEADER = "x-voice-stack-fallback"


def answering_headers(engine: str, model: str, fallback_reason: str | None) -> dict[str, str]:
    """Which engine answered, and why it is not the one that was asked for."""
    headers = {ENGINE_HEADER: engine, MODEL_HEADER: header_text(model)}
    if fallback_reason:
        headers[FALLBACK_HEADER] = header_text(fallback_reason)
    return headers


def header_text(text: str) -> str:
    """What a header may hold: printable ASCII on one line."""
    line = " ".join(text.split())[:300]
    return "".join(c if " " <= c <= "~" else "?" for c in line)
