"""Train the tiny Whisper: `python -m tests.tiny_whisper.train --out DIR --minutes 27 [--corpus PATH]`.

Three stages: short windows (at first of single digits), then also long and whole ones, then the same at a lower rate.
`--corpus` is a clone of the free-spoken-digit-dataset or a folder with its recordings in `digits/fsdd`.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from .batches import CONTEXT, Batch, Batcher
from .build import OPENAI_NAME
from .clips import Clip, make_bank
from .compact import CompactVocabulary
from .compose import Composer
from .network import Network

DEFAULT_CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
SINGLE_DIGIT_STEPS = 300
REPORT_EVERY = 100  # steps


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training."""

    name: str
    share: float  # of the time
    learning_rate: float  # at its highest
    warm_up: int  # steps
    draw: Callable[[Batcher, random.Random, int], Batch]


def draw_short(batcher: Batcher, chance: random.Random, step: int) -> Batch:
    """32 windows of 3 to 6 seconds; at first of 2 seconds with one digit a phrase."""
    if step < SINGLE_DIGIT_STEPS:
        return batcher.draw(32, 100, single_words=True)
    return batcher.draw(32, chance.choice([150, 150, 200, 300]))


def draw_mixed(batcher: Batcher, chance: random.Random, _step: int) -> Batch:
    """Whole windows (40 %), half ones (35 %), short ones (25 %), of about equal cost."""
    draw = chance.random()
    if draw < 0.4:
        return batcher.draw(8, CONTEXT, many_phrases=True)
    if draw < 0.75:
        return batcher.draw(12, chance.choice([500, 750]), many_phrases=True)
    return batcher.draw(32, chance.choice([150, 200, 300]))


STAGES = (
    Stage("short", 12 / 27, 2.5e-3, 150, draw_short),
    Stage("mixed", 12 / 27, 1.3e-3, 60, draw_mixed),
    Stage("settle", 3 / 27, 6e-4, 60, draw_mixed),
)


class StageData(IterableDataset[Batch]):
    """An endless stream of a stage's batches, drawn in a process beside the training."""

    def __init__(self, stage: Stage, bank: Sequence[Clip], seed: int) -> None:
        self.stage, self.bank, self.seed = stage, bank, seed

    def __iter__(self) -> Iterator[Batch]:
        chance = random.Random(f"{self.seed} {self.stage.name}")
        batcher = Batcher(Composer(self.bank, chance), CompactVocabulary(), chance)
        return (self.stage.draw(batcher, chance, step) for step in itertools.count())


def run_stage(stage: Stage, network: Network, batches: Iterator[Batch], seconds: float) -> None:
    """Train for `seconds` with a rate that rises for some steps and falls as half a cosine."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01)
    started = time.monotonic()
    step = 0
    recent: list[list[float]] = []
    while (elapsed := time.monotonic() - started) < seconds:
        cosine = 0.5 * (1 + math.cos(math.pi * elapsed / seconds))
        rate = stage.learning_rate * min(1.0, (step + 1) / stage.warm_up) * (0.97 * cosine + 0.03)
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = network.losses(next(batches))
        optimizer.zero_grad()
        torch.autograd.backward(losses.total)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        recent.append(losses.numbers())
        if step % REPORT_EVERY == 0:
            text, guide, frame, accuracy = np.nanmean(recent, axis=0)
            recent.clear()
            print(
                f"{stage.name} step {step} {elapsed:.0f} s: text {text:.3f} guide {guide:.3f} "
                f"frame {frame:.3f} digits right {accuracy:.1%}",
                flush=True,
            )


def train(out: Path, minutes: float, corpus: Path | None, seed: int = 0, threads: int = 1) -> Path:
    """Train for `minutes` of wall-clock time and write the checkpoint into `out`; returns its path."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    path = out / OPENAI_NAME
    bank = make_bank(corpus)
    print(f"{len(bank)} clips, {sum(not clip.held_out for clip in bank)} of them to train on", flush=True)
    network = Network(CompactVocabulary())
    for stage in STAGES:
        loader = DataLoader(StageData(stage, bank, seed), batch_size=None, num_workers=1, prefetch_factor=4)
        run_stage(stage, network, iter(loader), 60 * minutes * stage.share)
        network.save(path)
    return path


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=27.0)
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS if DEFAULT_CORPUS.is_dir() else None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of torch; a second core draws the data")
    options = parser.parse_args()
    print(train(options.out, options.minutes, options.corpus, options.seed, options.threads))


if __name__ == "__main__":
    main()
