"""An ONNX model in memory, on the device and with the threads that the settings say."""

import logging
from pathlib import Path
from typing import Any, Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.onnx_session import providers, real_device, session_options

logger = logging.getLogger("voice_stack.tts")

_VARIABLE: Final = "TTS_DEVICE"


def open_session(model: Path, name: str, config: EngineConfig[Any]) -> tuple[Any, str]:
    """Load a model.

    Args:
        name: what messages call it; the path stays out of them.

    Returns:
        An `onnxruntime.InferenceSession`, and where it runs: cpu, cuda:0 ...

    Raises:
        EngineUnavailableError: the file is damaged or no ONNX model, or there is not enough memory.
    """
    import onnxruntime

    wanted, device = providers(config, _VARIABLE, logger)
    try:
        session = onnxruntime.InferenceSession(str(model), session_options(config), providers=wanted)
    except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
        if out_of_memory(error):
            raise EngineUnavailableError(f"Not enough memory for the model {name}.") from error
        reason = str(error).replace(str(model), model.name)
        raise EngineUnavailableError(f"The model {name} is damaged or no ONNX model: {reason}") from error
    return session, real_device([session], device, name, config, _VARIABLE, logger)
