"""A soak as a picture."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure as Canvas

from benchmarks.soak.run import Outcome, Sample
from benchmarks.soak.services import Look

_SERVICES = ("asr", "tts")


def draw_soak(outcome: Outcome, path: Path) -> None:
    """Memory, threads and descriptors, requests, latency and load over time."""
    canvas = Canvas(figsize=(11, 7), layout="constrained")
    axes = canvas.subplots(2, 2, sharex=True)
    minutes = [sample.at / 60 for sample in outcome.samples]

    def values(of: Callable[[Sample], float]) -> list[float]:
        return [of(sample) for sample in outcome.samples]

    def looked(name: str, of: Callable[[Look], float]) -> list[float]:
        return [of(sample.looks[name]) for sample in outcome.samples]

    memory, handles, requests, load = axes[0, 0], axes[0, 1], axes[1, 0], axes[1, 1]
    for name in _SERVICES:
        memory.plot(minutes, looked(name, lambda look: look.memory_mib), label=name)
        handles.plot(minutes, looked(name, lambda look: look.threads), label=f"{name} threads")
        handles.plot(minutes, looked(name, lambda look: look.descriptors), label=f"{name} descriptors", ls="--")
        requests.plot(minutes, looked(name, lambda look: look.running), label=f"{name} running")
        requests.plot(minutes, looked(name, lambda look: look.waiting), label=f"{name} waiting", ls="--")
    load.plot(
        minutes, values(lambda sample: sample.command_s / outcome.idle_command_s), label="voice command over idle"
    )
    load.plot(minutes, values(lambda sample: sample.busy * 10), label="busy cores, tenths")
    load.plot(minutes, values(lambda sample: sample.rate), label="requests a second")
    memory.set(title="resident memory, children included", ylabel="MiB")
    handles.set(title="threads and descriptors")
    requests.set(title="requests in /health", xlabel="minutes")
    load.set(title="load", xlabel="minutes")
    for axis in (memory, handles, requests, load):
        axis.set_ylim(bottom=0)
        axis.grid(visible=True, alpha=0.3)
        axis.legend(fontsize="small")
    canvas.savefig(path, dpi=110)
