"""Threads and devices of onnxruntime's sessions, as an engine's configuration says."""

import logging
from collections.abc import Sequence
from typing import Any

from voice_stack.core.devices import cores
from voice_stack.serving.engine import EngineConfig

_ERRORS_ONLY = 3
_CUDA = "CUDAExecutionProvider"


def session_options(config: EngineConfig[Any]) -> Any:
    """An `onnxruntime.SessionOptions`: the threads of the configuration, or the cores shared among the workers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    if config.threads:
        options.intra_op_num_threads = config.threads
    elif config.workers > 1:
        options.intra_op_num_threads = max(1, cores() // config.workers)
    return options


def providers(config: EngineConfig[Any], variable: str, log: logging.Logger) -> tuple[list[Any], str]:
    """Providers for a session, and the device that they mean.

    Args:
        variable: the setting of the device, for the warning when there is no such one.

    Returns:
        onnxruntime's providers, the CPU last, and the device's name: cpu, cuda:0 ...
    """
    import onnxruntime

    kind, _, number = config.device.partition(":")
    cpu: list[Any] = ["CPUExecutionProvider"]
    if kind == "cpu":
        return cpu, "cpu"
    if _CUDA not in onnxruntime.get_available_providers():
        if kind == "cuda":
            log.warning("%s=%s, but onnxruntime has no CUDA here: running on the CPU", variable, config.device)
        return cpu, "cpu"
    index = int(number or 0)
    # An exhaustive search of algorithms for every new length of input would take longer than the work itself.
    return [(_CUDA, {"device_id": index, "cudnn_conv_algo_search": "HEURISTIC"}), *cpu], f"cuda:{index}"


def real_device(
    sessions: Sequence[Any], device: str, name: str, config: EngineConfig[Any], variable: str, log: logging.Logger
) -> str:
    """Device that sessions really run on: onnxruntime itself falls back when CUDA does not start, and says so on stderr
    only.

    Args:
        device: where they were to run, as `providers` names it.
        name: what the warning calls the model.
        variable: the setting of the device, for the warning.
    """
    if device != "cpu" and any(session.get_providers()[0] != _CUDA for session in sessions):
        log.warning("%s=%s, but %s does not work: %s runs on the CPU", variable, config.device, device, name)
        return "cpu"
    return device
