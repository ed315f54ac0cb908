"""Loading a model: where, with what arithmetic, on how many threads, and how often."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voice_stack.asr.engines.faster_whisper import ComputeType, FasterWhisperOptions
from voice_stack.asr.engines.faster_whisper.files import ensure_model
from voice_stack.core.devices import CAN_PAUSE_PROCESSES, cores, two_on_a_cpu
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.memory import available_bytes, out_of_memory
from voice_stack.hub.local import model_id
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.micro_batches import MicroBatches

logger = logging.getLogger("voice_stack.asr")

Config = EngineConfig[FasterWhisperOptions]

_WINDOW_FRAMES = 3000
# Windows that a GPU computes in hardly more time than one.
_GPU_BATCH = 8
# Of films, where they are computed apart: while one computes, the next prepares its spectrogram.
_FILMS = 2
# The process for films ends when there were none for so long.
_FILMS_IDLE_S = 300.0
# What further copies of the model leave free, for the audio of requests.
_KEPT_FREE_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class _Device:
    kind: str  # cpu, cuda
    index: int

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.index}"


_CPU = _Device("cpu", 0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory.

    Attributes:
        whisper: a `WindowedWhisperModel`.
        device: its name: cpu, cuda:0 ...
        how: arithmetic, threads and workers, in words.
        concurrency, background: of `ASRCapabilities`.
    """

    whisper: Any
    device: str
    how: str
    concurrency: int
    background: int


def load(config: Config) -> Loaded:
    """Load the model where it was asked for; on the CPU, with a warning, when there is no GPU that works.

    Raises:
        EngineUnavailableError: no such model, no such arithmetic, or not enough memory.
    """
    # Both before a download: they may be missing or broken, and the factory says what to do about it.
    import ctranslate2
    import faster_whisper  # noqa: F401

    gpus: int = ctranslate2.get_cuda_device_count()
    kind, _, number = config.device.partition(":")
    index = int(number or 0)
    compute_type: str = config.options.compute_type
    # Before anything else: neither a missing GPU nor a wrong setting should cost a download.
    if kind == "cpu" or (kind == "auto" and not gpus):
        compute_type = _usable_compute_type(compute_type, _CPU)
    path = ensure_model(config)
    if kind != "cpu" and index < gpus:
        device = _Device("cuda", index)
        try:
            return _load_on(device, path, compute_type, config)
        except EngineUnavailableError:
            raise
        except Exception as error:  # CTranslate2 raises what CUDA tells it: no driver, no cuBLAS, too old
            is_full = out_of_memory(error)
            if is_full:
                raise _unavailable(config, error) from error
            logger.warning("ASR_DEVICE=%s, but %s does not work (%s): running on the CPU", config.device, device, error)
    elif kind == "cuda":
        logger.warning("ASR_DEVICE=%s, but there are %d usable GPUs: running on the CPU", config.device, gpus)
    if gpus or kind == "cuda":
        supported = ctranslate2.get_supported_compute_types("cpu")
        compute_type = compute_type if compute_type in supported else "auto"  # float16 was meant for the GPU
    try:
        return _load_on(_CPU, path, compute_type, config)
    except EngineUnavailableError:
        raise
    except Exception as error:
        raise _unavailable(config, error) from error


def _load_on(device: _Device, path: Path, compute_type: str, config: Config) -> Loaded:
    import ctranslate2

    from voice_stack.asr.engines.faster_whisper.apart import WhisperApart
    from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper
    from voice_stack.asr.engines.faster_whisper.ranked import Lone
    from voice_stack.asr.engines.faster_whisper.windowed import WindowedWhisperModel

    options = config.options
    on_gpu = device.kind == "cuda"
    workers = config.workers or (1 if on_gpu else two_on_a_cpu(device.kind))
    may_be_apart = (
        not on_gpu
        and not (config.workers or config.threads)
        and workers > 1
        and options.lone_processes
        and CAN_PAUSE_PROCESSES
        and _fits(path, 3)
    )
    size = options.micro_batch_size or (_GPU_BATCH if on_gpu else 1)
    how: dict[str, Any] = {
        "device": device.kind,
        "device_index": device.index,
        "compute_type": _usable_compute_type(compute_type, device),
    }
    threads = config.threads or max(1, cores() // workers)

    def lone(called: Callable[[Any], BatchedWhisper]) -> Lone:
        def apart(purpose: str, **more: Any) -> WhisperApart:
            alone = {**how, "intra_threads": cores()}
            return WhisperApart(purpose, path, alone, lambda: _check_memory(path), **more)

        return Lone(apart("commands"), apart("films", idle_s=_FILMS_IDLE_S), called)

    def spare() -> Any:
        return ctranslate2.models.Whisper(str(path), device="cpu", intra_threads=config.threads or cores())

    whisper = WindowedWhisperModel(
        str(path),
        **how,
        cpu_threads=threads,
        # One to spare: the detection of a language then never waits behind transcriptions. On a CPU its threads would
        # be more than there are cores.
        num_workers=workers + on_gpu,
        batches=lambda: MicroBatches(size=size, wait_s=options.micro_batch_wait_ms / 1000, width=workers),
        spare=spare if on_gpu and options.cpu_when_gpu_is_full else None,
        lone=lone if may_be_apart else None,
    )
    if on_gpu:
        # cuBLAS and cuDNN are loaded by the first computation; that they are missing must show now.
        whisper.encode(np.zeros((whisper.model.n_mels, _WINDOW_FRAMES), np.float32))
    words = f"{whisper.model.compute_type}, {workers} {'worker' if workers == 1 else 'workers'}"
    if not on_gpu:
        words += f" of {threads} {'thread' if threads == 1 else 'threads'}"
    has_lone: bool = whisper.model.has_processes
    if has_lone:
        words += f"; alone {cores()} threads"
    return Loaded(whisper, str(device), words, workers * size, _FILMS if has_lone else 0)


def _fits(path: Path, copies: int) -> bool:
    """True when there is memory for copies of a model that is not loaded yet."""
    available = available_bytes()
    return available is None or available >= copies * _size(path) + _KEPT_FREE_BYTES


def _check_memory(path: Path) -> None:
    """See that a further copy of the model fits.

    Raises:
        EngineUnavailableError: it does not.
    """
    size, available = _size(path), available_bytes()
    if available is not None and available < size + _KEPT_FREE_BYTES:
        raise EngineUnavailableError(
            f"The model has {size >> 20} MiB, and {available >> 20} MiB of memory are left. "
            "ASR_LONE_PROCESSES=false does without further copies."
        )


def _size(path: Path) -> int:
    """Bytes of a model's weights."""
    return (path / "model.bin").stat().st_size


def _usable_compute_type(compute_type: str, device: _Device) -> str:
    """The compute type that was asked for, or the fastest one with a warning when the device has no such arithmetic."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device.kind, device.index)
    if compute_type in ("auto", "default", *supported):
        return compute_type
    named = ", ".join(sorted(supported))
    if compute_type not in set(ComputeType):
        raise EngineUnavailableError(f"ASR_COMPUTE_TYPE={compute_type} does not exist. Supported on {device}: {named}.")
    logger.warning("ASR_COMPUTE_TYPE=%s is not supported on %s (%s are): using auto", compute_type, device, named)
    return "auto"


def _unavailable(config: Config, error: Exception) -> EngineUnavailableError:
    model = model_id(config.model)
    if out_of_memory(error):
        return EngineUnavailableError(
            f"Not enough memory for the model {model}. Choose a smaller one or ASR_COMPUTE_TYPE=int8."
        )
    return EngineUnavailableError(f"faster-whisper cannot load the model {model}: {error}")
