"""An ONNX model in memory, on the device and with the threads that the settings say."""

import logging
from pathlib import Path
from typing import Any

from voice_stack.core.devices import cores
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.memory import out_of_memory
from voice_stack.serving.engine import EngineConfig

logger = logging.getLogger("voice_stack.tts")

_ERRORS_ONLY = 3


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

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    if config.threads:
        options.intra_op_num_threads = config.threads
    elif config.workers > 1:
        options.intra_op_num_threads = max(1, cores() // config.workers)
    providers, device = _providers(config, onnxruntime.get_available_providers())
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=providers)
    except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
        if out_of_memory(error):
            raise EngineUnavailableError(f"Not enough memory for the model {name}.") from error
        reason = str(error).replace(str(model), model.name)
        raise EngineUnavailableError(f"The model {name} is damaged or no ONNX model: {reason}") from error
    if device != "cpu" and session.get_providers()[0] != "CUDAExecutionProvider":
        # onnxruntime itself falls back when CUDA does not start, and says so on stderr only.
        logger.warning("TTS_DEVICE=%s, but %s does not work: %s runs on the CPU", config.device, device, name)
        device = "cpu"
    return session, device


def _providers(config: EngineConfig[Any], available: list[str]) -> tuple[list[Any], str]:
    kind, _, number = config.device.partition(":")
    cpu: list[Any] = ["CPUExecutionProvider"]
    if kind == "cpu":
        return cpu, "cpu"
    if "CUDAExecutionProvider" not in available:
        if kind == "cuda":
            logger.warning("TTS_DEVICE=%s, but onnxruntime has no CUDA here: running on the CPU", config.device)
        return cpu, "cpu"
    index = int(number or 0)
    # An exhaustive search of algorithms for every new length of text would take longer than the speech.
    cuda = ("CUDAExecutionProvider", {"device_id": index, "cudnn_conv_algo_search": "HEURISTIC"})
    return [cuda, *cpu], f"cuda:{index}"
