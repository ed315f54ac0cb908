"""Faults that are caught, false alarms and cost: `python -m benchmarks.speech_checks`. Needs the real models.

Each engine speaks clean sentences that no rule was chosen with, and others with every fault of `tests/faulty`; the
service's own checks judge them, by the sound alone and with what Moonshine reads back. `--part calibration` is what
thresholds were chosen on.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.first_sound import real_voices
from benchmarks.speech_checks.trials import SETS, Score, Trials
from voice_stack.apps.recogniser import EmbeddedRecogniser
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings

# English sentences that are left clean, and sentences with each fault: Kokoro takes five times as long as Piper.
_CLEAN: Final[Mapping[str, int]] = {"piper": 320, "kokoro": 64}
_FAULTS: Final[Mapping[str, int]] = {"piper": 14, "kokoro": 3}


def _share(part: int, count: int) -> str:
    return f"{part}/{count} {100 * part / max(count, 1):.1f} %"


def _row(table: Table, engine: str, kind: str, score: Score) -> None:
    heard = _share(score.asr, score.count) if score.listened else "-"
    kinds = ", ".join(f"{name} {count}" for name, count in score.kinds.most_common(4))
    table.add_row(engine, kind, _share(score.signal, score.count), heard, kinds)


def main() -> int:
    """Run it; 1 where the real models are missing."""
    voices = [name for name in ("piper", "kokoro") if name in real_voices()]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech_checks", description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", action="append", choices=voices, help="one of them; may be repeated")
    parser.add_argument("--part", choices=tuple(SETS), default="held-out", help="of the texts that are spoiled")
    parser.add_argument("--clean-part", choices=tuple(SETS), default="unseen", help="of those that are left clean")
    parser.add_argument("--clean", type=int, help="so many clean sentences of each engine")
    parser.add_argument("--faults", type=int, help="so many sentences with each fault")
    parser.add_argument("--no-asr", action="store_true", help="by the sound alone")
    parser.add_argument("--show", action="store_true", help="the sentences that were judged wrongly")
    arguments = parser.parse_args()
    if not voices:
        print("It needs the real models kokoro or piper: make real", file=sys.stderr)
        return 1
    console = Console(width=150)
    asked = {"tts_engine": "espeak", "tts_asr": "embedded", "asr_engine": "moonshine"}
    recogniser = None if arguments.no_asr else EmbeddedRecogniser(load_settings(TtsSettings, **asked))
    table = Table(title=f"Checks of speech: faults {arguments.part}, clean {arguments.clean_part}")
    for heading in ("engine", "kind", "by the sound", "and read back", "found"):
        table.add_column(heading)
    costs = []
    foreign = {}
    begun = time.monotonic()
    if "kokoro" in voices and arguments.faults != 0:
        abroad = Trials("kokoro", arguments.part, None)
        foreign = abroad.foreign()
        abroad.close()
    for name in arguments.engine or voices:
        trials = Trials(name, arguments.part, recogniser, arguments.clean_part)
        clean = _CLEAN[name] if arguments.clean is None else arguments.clean
        for language, score in trials.clean(clean) if clean else ():
            _row(table, name, f"clean, {language} (false alarms)", score)
            _show(console, arguments.show, name, "clean", score)
        faults, whole = _FAULTS[name] if arguments.faults is None else arguments.faults, Score()
        for wrong, score in trials.faulty(faults, foreign) if faults else ():
            _row(table, name, wrong, score)
            _show(console, arguments.show, name, wrong, score)
            whole.add(score)
        _row(table, name, "all faults", whole)
        cost = trials.cost
        line = (
            f"{name}: {1000 * cost.signal / max(cost.sound, 1e-9):.1f} ms of checks by the sound for a second of it, "
        )
        line += f"{100 * cost.signal / max(cost.synthesis, 1e-9):.1f} % of the synthesis"
        if cost.read:
            line += f"; {1000 * cost.reading / cost.read:.0f} ms to read a second back"
        costs.append(line)
        trials.close()
        console.print(table)
        print(*costs, f"{(time.monotonic() - begun) / 60:.1f} minutes so far", sep="\n", flush=True)
    if recogniser is not None:
        recogniser.close()
    return 0


def _show(console: Console, wanted: bool, engine: str, kind: str, score: Score) -> None:
    """Say how far it is, and what was judged wrongly."""
    told = f"{engine}, {kind}: {score.signal} and {score.asr} of {score.count} suspected"
    console.print(told, *(score.examples if wanted else ()), sep="\n    ", markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
