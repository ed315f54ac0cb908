"""Choice of the engine that aligns: by language, and by what can be had."""

from typing import cast

from voice_stack.asr.engines.base import ASREngine
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError
from voice_stack.language.codes import language_name
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.spec import ModelEntry

_LAST = 1000


def alignment_chain(catalogue: Catalogue, requested: str, language: str) -> list[ModelEntry]:
    """The models that align a language, in the order in which they are tried.

    For one of OpenAI's names, or the configured model's: that one, where it aligns; then whatever else is installed
    and does, by its engine's rank. A client that names another model wants that one.

    Raises:
        ModelNotFoundError: there is no such model.
        UnsupportedError: it does not align, or none that is here does so in this language.
    """
    chain = catalogue.chain(requested, language)
    able = [entry for entry in chain if _aligns(catalogue, entry, language)]
    configured = catalogue.configured
    is_free = requested in (*catalogue.names.aliases, configured.id, configured.source, *configured.names)
    if is_free:
        first = [entry for entry in able if entry is chain[0]]
        further = [*able, *(entry for entry in catalogue.entries() if _aligns(catalogue, entry, language))]
        for entry in sorted(further, key=lambda entry: catalogue.spec(entry.engine).rank or _LAST):
            if all((entry.engine, entry.source) != (known.engine, known.source) for known in first):
                first.append(entry)
        able = first
    if not able:
        asked = f"The model {requested[:100]} does not" if not is_free else "No model that is installed here can"
        raise UnsupportedError(
            f"{asked} align {language_name(language)} words with sound: Whisper's models do so in all of their "
            "languages, pocketsphinx in English.",
            param="language" if is_free else "model",
        )
    return able


def _aligns(catalogue: Catalogue, entry: ModelEntry, language: str) -> bool:
    try:
        cls = cast(type[ASREngine], catalogue.spec(entry.engine).load())
    except EngineUnavailableError:
        return False
    return cls.aligns and language in cls.languages(catalogue.config(entry.engine, entry.source))
