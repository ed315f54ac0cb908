"""First sound of a long first sentence, of engines that give a sentence whole. Needs the real models: `make real`."""

import importlib.util

from benchmarks.bench import Bench
from benchmarks.figures import Findings, Goal, ratio
from benchmarks.speaking import first_byte, served
from tests.live_server import serve_tts
from tests.real_models import real_model

_SHORT = "The quick brown fox jumps over the lazy dog."
# About 150 characters each: without a mark, and with one that comes late.
_LONG = (
    "The committee that had been asked to look into the causes of the accident published a report of more than two "
    "hundred pages on the first day of the year.",
    "Nobody who lived in the small town by the river could remember that so much snow had ever fallen in a single "
    "night, and so the schools stayed closed.",
)


def real_voices() -> dict[str, dict[str, str]]:
    """Settings of the service for each engine whose real model is at hand, by the engine's name."""
    found: dict[str, dict[str, str]] = {}
    kokoro, piper = real_model("kokoro"), real_model("piper")
    if kokoro is not None:
        found["kokoro"] = {"TTS_KOKORO_MODEL": str(kokoro)}
    if piper is not None and importlib.util.find_spec("piper") is not None:
        found["piper"] = {"TTS_PIPER_MODEL": str(piper)}
    return found


def first_sound(bench: Bench, findings: Findings) -> None:
    """First byte of a long first sentence over that of a short one."""
    for engine, settings in real_voices().items():
        with serve_tts({"TTS_ENGINE": engine, "TTS_FALLBACK_ENGINES": "", **settings}) as server:
            served(server, _SHORT)
            for name, long in zip(("without a mark", "with a mark late"), _LONG, strict=True):
                pairs = [
                    (first_byte(server, long, "alloy"), first_byte(server, _SHORT, "alloy"))
                    for _ in range(bench.repetitions)
                ]
                findings.figures.append(
                    ratio(
                        f"{engine}: first byte of {len(long)} characters {name} over that of {len(_SHORT)}",
                        [long_s for long_s, _ in pairs],
                        [short_s for _, short_s in pairs],
                        unit="ms",
                        goal=Goal(1.5),
                    )
                )
