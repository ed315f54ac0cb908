"""Devices of torch, for the engines of every kind that compute with it. torch is imported when it is asked."""

import logging

logger = logging.getLogger("voice_stack.serving")


def choose_torch_device(wanted: str, variable: str) -> str:
    """`cpu` or `cuda:N` for auto, cpu, cuda or cuda:N; the CPU, with a warning, when there is no such GPU.

    Args:
        variable: the setting that says so, for the warning.
    """
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    kind, _, number = wanted.partition(":")
    if kind == "cpu" or (kind == "auto" and not gpus):
        return "cpu"
    if int(number or 0) >= gpus:
        logger.warning("%s=%s, but there are %d usable GPUs: running on the CPU", variable, wanted, gpus)
        return "cpu"
    return f"cuda:{int(number or 0)}"


def return_gpu_memory(device: str) -> None:
    """Give back to the GPU what an engine has let go of; nothing is done on a CPU."""
    if device != "cpu":
        import torch

        torch.cuda.empty_cache()
