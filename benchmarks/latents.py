"""Cost of a cloned voice the first time, the second time, and after a restart, for every engine that clones.

python -m benchmarks.latents                  # tiny models of random weights: the counts say all, the times little
python -m benchmarks.latents --pocket FOLDER  # a real model
"""

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.material import ROOT
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.voice_cache import CacheCounts, VoiceCache
from voice_stack.tts.types import VoiceReference

HELLO = ROOT / "tests" / "fixtures" / "hello.wav"
# Of the recording, one after the other: about 9 s.
_TIMES = 3

Open = Callable[[Path, Path], VoiceCache[Any]]
"""The cache of an engine that has just been loaded: of a model's folder, with a folder of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A voice that was asked for.

    Attributes:
        when: first, second or after a restart.
        seconds: until it was there.
        counts: of all voices of that engine since it was loaded.
    """

    when: str
    seconds: float
    counts: CacheCounts


def open_xtts(model: Path, folder: Path) -> VoiceCache[Any]:
    """XTTS's cache."""
    from voice_stack.tts.engines.coqui.latents import LatentsCache
    from voice_stack.tts.engines.coqui.model import load_model

    return LatentsCache(load_model(model, "cpu"), folder / "xtts", "cpu")


def open_pocket(model: Path, folder: Path) -> VoiceCache[Any]:
    """Pocket TTS's cache."""
    from voice_stack.tts.engines.pocket.model import load_model
    from voice_stack.tts.engines.pocket.options import PocketOptions
    from voice_stack.tts.engines.pocket.sources import ensure_files
    from voice_stack.tts.engines.pocket.states import StateCache

    options = PocketOptions()
    recipe, files = ensure_files(EngineConfig(options, str(model)))
    return StateCache(
        load_model(recipe, files, model.name, options),
        folder / "pocket",
        reference_s=options.reference_s,
        megabytes=100,
    )


def measure(open_cache: Open, model: Path, recordings: Sequence[Path], folder: Path) -> list[Asked]:
    """Ask for one voice twice, restart the engine, and ask for it again.

    Args:
        recordings: the voice's.
        folder: an empty one for what is kept.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in recordings)).hexdigest()
    reference = VoiceReference("me", digest, tuple(recordings))
    asked = []
    cache = open_cache(model, folder)
    for when in ("first", "second", "after a restart"):
        if when == "after a restart":
            cache = open_cache(model, folder)
        began = time.perf_counter()
        cache.get(reference)
        took = time.perf_counter() - began
        asked.append(Asked(when, took, CacheCounts(cache.counts.computed, cache.counts.read, cache.counts.remembered)))
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when a voice was computed twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xtts", type=Path, help="folder of a real XTTS model")
    parser.add_argument("--pocket", type=Path, help="folder of a real Pocket TTS model")
    parser.add_argument("--recording", type=Path, action="append", help="of the voice; may be given several times")
    given = parser.parse_args(arguments)
    table = Table("ENGINE", "ASKED", "SECONDS", "OF THE FIRST", "COMPUTED", "READ", "REMEMBERED", box=None)
    worst = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for engine, open_cache, model in (
            ("coqui", open_xtts, given.xtts or _tiny_xtts(folder / "tiny-xtts")),
            ("pocket", open_pocket, given.pocket or _tiny_pocket(folder / "tiny-pocket")),
        ):
            found = measure(open_cache, model, given.recording or [HELLO] * _TIMES, folder / "kept")
            for asked in found:
                counts, share = asked.counts, asked.seconds / found[0].seconds
                numbers = (counts.computed, counts.read, counts.remembered)
                table.add_row(engine, asked.when, f"{asked.seconds:.4f}", f"{share:.4f}", *map(str, numbers))
            worst = max(worst, found[1].counts.computed, found[2].counts.computed + 1)
    Console().print(table)
    return int(worst > 1)


def _tiny_xtts(folder: Path) -> Path:
    from tests.tiny_xtts.build import build_xtts

    return build_xtts(folder)


def _tiny_pocket(folder: Path) -> Path:
    from tests.tiny_pocket.build import build_pocket

    return build_pocket(folder)


if __name__ == "__main__":
    sys.exit(main())
