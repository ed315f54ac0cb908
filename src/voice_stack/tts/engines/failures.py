"""Errors of engines whose packages raise whatever suits them."""

import logging

from voice_stack.core.errors import EngineError, EngineUnavailableError
from voice_stack.core.memory import out_of_memory

logger = logging.getLogger("voice_stack.tts")


def load_failed(model: str, engine: str, error: Exception) -> EngineUnavailableError:
    """Error of a model that does not load. Its own text, which may name paths, goes to the log.

    Args:
        engine: what it should be a model of.
    """
    logger.warning("the model %s cannot be loaded", model, exc_info=error)
    if out_of_memory(error):
        return EngineUnavailableError(f"Not enough memory for the model {model}.")
    return EngineUnavailableError(
        f"The model {model} is damaged, or no {engine} model that is known here ({type(error).__name__})."
    )


def speech_failed(model: str, engine: str, error: Exception) -> EngineError | EngineUnavailableError:
    """Error of a request for a failure while speaking."""
    if out_of_memory(error):
        return EngineUnavailableError(f"Out of memory while {model} was speaking.")
    return EngineError(f"{engine} failed on this text ({type(error).__name__}).")
