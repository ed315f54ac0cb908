"""The voices of an upstream: what the settings say, and what it lists itself once it has been asked."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from voice_stack.language.codes import find_language
from voice_stack.serving.remote.client import Upstream
from voice_stack.tts.engines.remote import RemoteSpeechOptions
from voice_stack.tts.types import OPENAI_VOICES, EngineVoice

ANY: Final = "*"
_ROUTES: Final = ("/audio/voices", "/voices")
_MOST: Final = 2000
_MOST_CHARS: Final = 200

# Facts of a class are told without an engine and at once; so what an upstream has listed is kept here, by its address.
_listed: Final[dict[str, tuple[EngineVoice, ...]]] = {}
_lock: Final = threading.Lock()


def known_voices(options: RemoteSpeechOptions) -> Sequence[EngineVoice]:
    """The voices that requests may name, the default one first. Without the network."""
    named = [voice for voice in options.voices if voice != ANY]
    if named:
        return [EngineVoice(voice, voice) for voice in named]
    usual = [EngineVoice(voice, voice.capitalize()) for voice in OPENAI_VOICES]
    with _lock:
        listed = _listed.get(options.url, ())
    return [*usual, *(voice for voice in listed if voice.id not in OPENAI_VOICES)]


def ask_voices(upstream: Upstream, options: RemoteSpeechOptions) -> None:
    """Keep what the upstream lists, where the settings leave that to it. Takes some seconds at most.

    Raises:
        EngineUnavailableError: it cannot be reached.
    """
    if options.voices:
        return
    for route in _ROUTES:
        body = upstream.get(route)
        found = tuple(read_voices(body)) if body is not None else ()
        if found:
            with _lock:
                _listed[options.url] = found
            return


def read_voices(body: Mapping[str, Any]) -> list[EngineVoice]:
    """The voices of a listing: bare names, or objects with an id; all else in it is left out."""
    listed = body.get("voices", body.get("data"))
    found: dict[str, EngineVoice] = {}
    for one in listed[:_MOST] if isinstance(listed, list) else ():
        facts = one if isinstance(one, dict) else {"id": one}
        id = facts.get("id") or facts.get("voice_id") or facts.get("name")
        if not isinstance(id, str) or not 0 < len(id) <= _MOST_CHARS or not id.isprintable():
            continue
        if facts.get("usable") is False:
            continue
        name = facts.get("name")
        spoken = facts.get("languages") or [facts.get("language")]
        codes = [find_language(code) for code in spoken if isinstance(code, str)] if isinstance(spoken, list) else []
        found.setdefault(
            id,
            EngineVoice(
                id,
                name[:_MOST_CHARS] if isinstance(name, str) and name else id,
                tuple(code for code in codes if code is not None),
                gender=str(facts["gender"]) if facts.get("gender") in ("female", "male") else "",
            ),
        )
    return list(found.values())
