"""Speakers told apart by the configured network: `SPEAKER_MODEL=... python -m benchmarks.speakers`.

Equal error rate and its threshold on the pairs of a corpus (`speaker_trials.txt`: `1|0 path path`), as in speaker
verification: the threshold where as many pairs of one speaker are refused as pairs of two are taken for one. Beside it
the shares at the threshold that the product uses, also for the first seconds of each clip alone.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.material import ROOT
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import TooLittleSpeechError, VoiceStackError
from voice_stack.core.settings import Settings, load_settings
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.speaker.vectors import Embedding, similarity

_RATE: Final = 16_000
_LIMITS: Final = DecodeLimits(max_seconds=600, timeout_s=60)


def equal_error(same: NDArray[np.float64], different: NDArray[np.float64]) -> tuple[float, float]:
    """Equal error rate, 0 to 1, and the threshold that has it.

    Args:
        same: similarities of pairs of one speaker.
        different: of pairs of two.
    """
    thresholds = np.unique(np.concatenate([same, different]))
    missed = np.array([(same < threshold).mean() for threshold in thresholds])
    taken = np.array([(different >= threshold).mean() for threshold in thresholds])
    best = int(np.argmin(np.abs(missed - taken)))
    return float((missed[best] + taken[best]) / 2), float(thresholds[best])


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 where there is no model or no corpus."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speakers", description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--seconds", type=float, nargs="*", default=[3.0], help="also with so much of each clip")
    arguments = parser.parse_args(words)
    trials = arguments.corpus / "speaker_trials.txt"
    if not trials.is_file():
        print(f"There is no {trials.name} in the corpus: name one by --corpus.", file=sys.stderr)
        return 1
    pairs = [line.split() for line in trials.read_text("utf-8").splitlines() if line.strip()]
    clips = {name: _read(arguments.corpus / name) for _, *both in pairs for name in both}
    encoder = speaker_encoder(load_settings(Settings))
    try:
        used = encoder.calibration
        print(f"{encoder.name}: {len(pairs)} pairs of {len(clips)} clips; threshold {used.same:g} ({used.source})")
    except VoiceStackError as error:
        print(error.message, file=sys.stderr)
        return 1
    for seconds in (None, *arguments.seconds):
        _report(encoder, pairs, clips, seconds, used.same)
    return 0


def _report(
    encoder: SpeakerEncoder, pairs: list[list[str]], clips: dict[str, AudioClip], seconds: float | None, used: float
) -> None:
    began = time.process_time()
    vectors: dict[str, Embedding] = {}
    for name, clip in clips.items():
        try:
            vectors[name] = encoder.embed(clip if seconds is None else clip.slice(0, seconds))
        except TooLittleSpeechError:
            continue
    took = time.process_time() - began
    heard = [(kind == "1", similarity(vectors[a], vectors[b])) for kind, a, b in pairs if a in vectors and b in vectors]
    same = np.array([score for is_same, score in heard if is_same])
    different = np.array([score for is_same, score in heard if not is_same])
    rate, threshold = equal_error(same, different)
    audio = sum(min(clip.duration, seconds or clip.duration) for clip in clips.values())
    what = "whole clips" if seconds is None else f"first {seconds:g} s"
    print(
        f"{what}: EER {rate:.2%} at {threshold:.2f} ({len(same)} same, mean {same.mean():.2f}, lowest {same.min():.2f};"
        f" {len(different)} different, mean {different.mean():.2f}, highest {different.max():.2f}); at {used:g} "
        f"{(same < used).mean():.1%} of the same are refused, {(different >= used).mean():.1%} of the different taken; "
        f"{len(clips) - len(vectors)} clips without enough speech; {took / audio:.3f} s of CPU a second"
    )


def _read(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, _LIMITS, sample_rate=_RATE) as sound:
        return sound.read(_LIMITS.max_seconds)


if __name__ == "__main__":
    sys.exit(main())
