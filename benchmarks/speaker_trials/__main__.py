"""Equal error rate and accuracy of every speaker embedding engine that is there: `python -m benchmarks.speaker_trials`.

The trials are those of a corpus (`speaker_trials.txt`). A threshold is the one that is stored with the engine, and was
measured on the corpus' other speakers: `--calibrate` does that, and prints the line to store. Intervals are of 95 %, by
the bootstrap over speakers.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.material import ROOT
from benchmarks.speaker_trials.material import Material, others, reported
from benchmarks.speaker_trials.statistics import Interval, Scores, accuracy, equal_error, interval, leave_one_out, table
from tests.real_models import real_model
from tests.real_models.models import MODELS
from voice_stack.core.errors import TooLittleSpeechError, VoiceStackError
from voice_stack.core.settings import Settings, load_settings
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder
from voice_stack.speaker.vectors import Embedding, similarity

_HEADINGS = (
    "engine/model",
    "device",
    "EER [95 %]",
    "stored threshold",
    "accuracy there [95 %]",
    "same refused",
    "different taken",
    "accuracy, threshold of the other trial speakers",
    "real-time factor",
)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 where there is no engine or no corpus."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speaker_trials", description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--model", action="append", default=[], metavar="ENGINE=PATH", help="a model of an engine")
    parser.add_argument("--engine", action="append", default=[], help="only these")
    parser.add_argument("--seconds", type=float, nargs="*", default=[], help="also with so much of each clip")
    parser.add_argument("--calibrate", action="store_true", help="also find thresholds on the other speakers")
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args(words)
    if not (arguments.corpus / "speaker_trials.txt").is_file():
        print("There is no speaker_trials.txt in the corpus: name one by --corpus.", file=sys.stderr)
        return 1
    trials = reported(arguments.corpus)
    named = dict(one.split("=", 1) for one in arguments.model)
    calibrating = others(arguments.corpus, frozenset(trials.speakers.values())) if arguments.calibrate else None
    rows: list[Sequence[str]] = [_HEADINGS]
    for encoder in _encoders(named, arguments.engine, arguments.device):
        try:
            if calibrating is not None:
                _calibrate(encoder, calibrating)
            rows += [_row(encoder, trials, seconds) for seconds in (None, *arguments.seconds)]
        except VoiceStackError as error:
            print(f"left out: {error.message}", file=sys.stderr)
        finally:
            encoder.close()
    people = {trials.speakers[name] for trial in trials.trials for name in (trial.a, trial.b)}
    same = sum(trial.is_same for trial in trials.trials)
    print(
        f"{len(trials.trials)} trials ({same} of one speaker, {len(trials.trials) - same} of two) of {len(people)} "
        f"speakers, {len(trials.clips)} clips, {sum(clip.duration for clip in trials.clips.values()):.0f} s\n"
    )
    print(table(rows))
    return 0 if len(rows) > 1 else 1


def _encoders(named: dict[str, str], only: Sequence[str], device: str) -> list[SpeakerEncoder]:
    """One of every engine whose model is there, or is named."""
    found = []
    for spec in REGISTRY.of(Kind.EMBEDDING):
        folder = real_model(spec.name) if spec.name in MODELS else None
        model = named.get(spec.name) or (str(folder) if folder is not None else spec.name)
        flags: dict[str, Any] = {"speaker_engine": spec.name, "speaker_model": model, "speaker_device": device}
        encoder = speaker_encoder(load_settings(Settings, **flags))
        if only and spec.name not in only:
            continue
        if encoder.is_ready:
            found.append(encoder)
        else:
            print(f"left out: {spec.name}, whose model is not here ({encoder.obstacle or model})", file=sys.stderr)
    return found


def _scores(encoder: SpeakerEncoder, material: Material, seconds: float | None) -> tuple[Scores, float]:
    """The trials' scores, and seconds of work for a second of audio."""
    vectors: dict[str, Embedding] = {}
    encoder.embed(next(iter(material.clips.values())))  # loaded, and warm
    began, audio = time.perf_counter(), 0.0
    for name, clip in material.clips.items():
        part = clip if seconds is None else clip.slice(0, seconds)
        audio += part.duration
        try:
            vectors[name] = encoder.embed(part)
        except TooLittleSpeechError:
            continue
    took = time.perf_counter() - began
    told = [trial for trial in material.trials if trial.a in vectors and trial.b in vectors]
    return (
        Scores(
            np.array([similarity(vectors[trial.a], vectors[trial.b]) for trial in told]),
            np.array([trial.is_same for trial in told]),
            np.array([material.speakers[trial.a] for trial in told]),
            np.array([material.speakers[trial.b] for trial in told]),
        ),
        took / audio,
    )


def _row(encoder: SpeakerEncoder, material: Material, seconds: float | None) -> Sequence[str]:
    scores, factor = _scores(encoder, material, seconds)
    used = encoder.calibration.same
    rate: Interval = interval(scores, lambda one, weights: equal_error(one, weights)[0])
    right = interval(scores, lambda one, weights: accuracy(one, used, weights))
    what = encoder.name if seconds is None else f"{encoder.name}, first {seconds:g} s"
    return (
        what,
        encoder.device,
        str(rate),
        f"{used:g}",
        str(right),
        f"{(scores.values[scores.is_same] < used).mean():.1%}",
        f"{(scores.values[~scores.is_same] >= used).mean():.1%}",
        f"{leave_one_out(scores):.2%}",
        f"{factor:.3f}",
    )


def _calibrate(encoder: SpeakerEncoder, material: Material) -> None:
    scores, _ = _scores(encoder, material, None)
    rate, threshold = equal_error(scores)
    people = len({*scores.a, *scores.b})
    same, others_ = scores.values[scores.is_same], scores.values[~scores.is_same]
    print(
        f"{encoder.name}: threshold {threshold:.3f} at the equal error rate of {rate:.2%} on {len(same)} pairs of one "
        f"and {len(others_)} of two of {people} speakers who are not reported on (same: mean {same.mean():.2f}, 5th "
        f"percentile {np.quantile(same, 0.05):.2f}; different: mean {others_.mean():.2f}, 95th percentile "
        f"{np.quantile(others_, 0.95):.2f}, highest {others_.max():.2f})"
    )


if __name__ == "__main__":
    sys.exit(main())
