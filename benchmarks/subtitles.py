"""Subtitles of a film, before and after: `python -m benchmarks.subtitles --corpus FOLDER [--model FOLDER]`.

The film is recordings of a corpus joined with silences. It is recognised twice, as each profile asks for it: segments
as they are for `none`, with word times for the others. All are measured by the same limits, Netflix's for English,
whatever they were made for: what a reader meets.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import BinaryIO, Final

import numpy as np

from benchmarks.recognition_quality.material import RATE, joined, spoken
from voice_stack.asr.recognition.defaults import request_options
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.subtitles.profiles import LIMITS, Profile, Shape, limits_for
from voice_stack.asr.subtitles.shape import shaped
from voice_stack.asr.subtitles.widths import columns
from voice_stack.asr.types import RecognitionRequest, Transcript
from voice_stack.audio.wav import wav_header
from voice_stack.core.settings import load_settings
from voice_stack.text.subtitles import Cue

_MEASURE: Final = LIMITS[Profile.NETFLIX]
_SENTENCE_ENDS: Final = (".", "!", "?", "…", '."', '?"', '!"')
# Of times in whole milliseconds.
_EXACT_S: Final = 0.0015


@dataclass(frozen=True, slots=True)
class Figures:
    """What a reader meets, by Netflix's limits.

    Attributes:
        cps: characters a second of each subtitle.
        shortfall: characters of the subtitles that are faster than may be read, to all.
        wide: lines that are wider than allowed.
        long, brief: subtitles that are shown too long, and too briefly.
        orphans: subtitles, and lines beside others, of one word that is part of a sentence.
        gaps: between two subtitles, too short to be seen as one: neither closed nor half a second.
    """

    subtitles: int
    lines: int
    cps: list[float]
    shortfall: float
    wide: int
    widest: int
    tall: int
    long: int
    brief: int
    orphans: int
    gaps: int

    @property
    def fast(self) -> int:
        """Subtitles that are faster than may be read."""
        return sum(speed > _MEASURE.max_cps + 0.01 for speed in self.cps)


def figures(cues: Sequence[Cue]) -> Figures:
    """The figures of a file of subtitles."""
    shown = [cue.lines or (" ".join(cue.text.split()),) for cue in cues]
    seconds = [max(cue.end - cue.start, 0.001) for cue in cues]
    characters = [columns(" ".join(lines)) for lines in shown]
    cps = [count / length for count, length in zip(characters, seconds, strict=True)]
    lines = [line for one in shown for line in one]
    waits = [two.start - one.end for one, two in pairwise(cues)]
    fast = sum(count for count, speed in zip(characters, cps, strict=True) if speed > _MEASURE.max_cps + 0.01)
    return Figures(
        subtitles=len(cues),
        lines=len(lines),
        cps=cps,
        shortfall=fast / max(1, sum(characters)),
        wide=sum(columns(line) > _MEASURE.max_line_width for line in lines),
        widest=max(map(columns, lines), default=0),
        tall=sum(len(one) > _MEASURE.max_line_count for one in shown),
        long=sum(length > _MEASURE.max_duration + _EXACT_S for length in seconds),
        brief=sum(length < _MEASURE.min_duration - _EXACT_S for length in seconds),
        orphans=_orphans(shown),
        gaps=sum(_MEASURE.min_gap + _EXACT_S < wait < _MEASURE.close_gap - _EXACT_S for wait in waits),
    )


def _orphans(shown: Sequence[tuple[str, ...]]) -> int:
    found = 0
    whole_before = True
    for lines in shown:
        ends = lines[-1].endswith(_SENTENCE_ENDS)
        if len(lines) == 1:
            found += len(lines[0].split()) == 1 and not (whole_before and ends)
        else:
            found += sum(len(line.split()) == 1 for line in lines)
        whole_before = ends
    return found


def _row(name: str, one: Figures) -> str:
    speeds = np.array(one.cps or [0.0])
    return (
        f"| {name} | {one.subtitles} | {one.lines} | {median(speeds):.1f} | {np.percentile(speeds, 95):.1f} | "
        f"{speeds.max():.1f} | {one.fast} ({one.shortfall:.1%} of the text) | {one.wide} | {one.widest} | {one.tall} | "
        f"{one.long} | {one.brief} | {one.gaps} | {one.orphans} |"
    )


_HEAD: Final = (
    "| profile | subtitles | lines | cps p50 | p95 | max | over 20 cps | lines over 42 | widest line | over 2 lines | "
    "over 7 s | under 5/6 s | open gaps | orphans |\n|" + "---|" * 14
)


def _filled(file: BinaryIO, content: bytes) -> BinaryIO:
    file.write(content)
    file.seek(0)
    return file


def _recognised(service: TranscriptionService, wav: bytes, words: bool) -> Transcript:
    asked = RecognitionRequest(language="en", word_timestamps=words)
    options = replace(request_options(service.settings, asked))
    with tempfile.TemporaryFile() as file, service.start(_filled(file, wav), options) as run:
        for _ in run:
            pass
        print(f"word times: {words}; engine {run.report.engine_s:.1f} s for {run.report.audio_s:.1f} s of audio")
        return run.transcript


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.subtitles", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with manifest.jsonl")
    parser.add_argument("--model", default=None, help="ASR_MODEL")
    parser.add_argument("--engine", default=None, help="ASR_ENGINE")
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    film = joined(spoken(given.corpus, "asr"), given.minutes * 60)
    samples = np.rint(np.clip(film.samples, -1, 1) * 32767).astype("<i2").tobytes()
    wav = wav_header(RATE, len(film.samples)) + samples
    flags = {"asr_model": given.model, "asr_engine": given.engine}
    settings = load_settings(AsrSettings, **{name: value for name, value in flags.items() if value})
    with TranscriptionService(settings) as service:
        plain, timed = (_recognised(service, wav, words) for words in (False, True))
    print(f"{len(film.parts)} recordings, {len(film.samples) / RATE / 60:.1f} min; {plain.engine} {plain.model}\n")
    print(_HEAD)
    segments = [Cue(one.start, one.end, one.text) for one in plain.segments]
    print(_row("none (before)", figures(segments)))
    bare = replace(timed, segments=tuple(replace(one, words=()) for one in timed.segments))
    for profile in (one for one in Profile if one is not Profile.NONE):
        begun = time.process_time()
        made = shaped(timed, Shape(profile))
        took = time.process_time() - begun
        print(_row(profile, figures(made.cues)))
        if profile is Profile.NETFLIX:
            print(_row("netflix, no word times", figures(shaped(bare, Shape(profile)).cues)))
    print(f"\nCutting took {took * 1000:.0f} ms of CPU time; dropped: {[one.kind for one in made.dropped]}.")
    print(f"Limits of netflix: {limits_for(Shape(Profile.NETFLIX), 'en')}")


if __name__ == "__main__":
    main()
