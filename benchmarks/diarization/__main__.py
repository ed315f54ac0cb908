"""Who speaks when, measured: `python -m benchmarks.diarization`; needs pyannote.metrics and, for `--words`, meeteval.

SPEAKER_* and DIARIZATION_* say with what. `--choose` shows the errors on the conversations that parameters are chosen
on, which share no speaker with those of the report.
"""

import argparse
import itertools
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.diarization.material import Conversation, chosen_on, reported_on
from benchmarks.diarization.scores import COLLARS, Score, by_speaker, score, word_errors
from benchmarks.material import ROOT
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.recognition.speakers import parted
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.core.settings import load_settings
from voice_stack.speaker.diarization.base import DiarizationEngine
from voice_stack.speaker.diarization.diarizer import NAMES
from voice_stack.speaker.diarization.listening import Listening
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds, Turn
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder

_APART: Final = (0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.55, 0.6, 0.65)
_PAUSES: Final = (0.2, 0.5, 0.8)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 where there is no corpus."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diarization", description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--choose", action="store_true", help="the grid of parameters, on other conversations")
    parser.add_argument("--words", action="store_true", help="words by speaker too: cpWER, with the ASR_* settings")
    arguments = parser.parse_args(words)
    if not arguments.corpus.is_dir():
        print("There is no corpus: name one by --corpus.", file=sys.stderr)
        return 1
    settings = load_settings(AsrSettings)
    with TranscriptionService(settings) as service:
        encoder = speaker_encoder(settings, embedded=True)
        host = service.diarizing.diarizer.host
        with host.lease(NAMES.aliases[0], patient=True) as leased:
            engine = leased.engine
            print(f"{engine.name} ({engine.model}), voices by {encoder.name}, two speakers from {encoder.apart:g} down")
            if arguments.choose:
                _choose(engine, encoder, chosen_on(arguments.corpus))
                return 0
            talks = reported_on(arguments.corpus)
            found = _report(engine, encoder, talks)
        if arguments.words:
            _words(service, talks, found)
    return 0


def _heard(
    engine: DiarizationEngine, encoder: SpeakerEncoder, talk: Conversation, bounds: SpeakerBounds
) -> Diarization:
    hearing = engine.begin(encoder, bounds)
    for start in np.arange(0.0, talk.clip.duration, 10.0):
        hearing.hear(talk.clip.slice(float(start), float(start) + 10.0))
    return hearing.finish()


def _report(engine: DiarizationEngine, encoder: SpeakerEncoder, talks: Sequence[Conversation]) -> list[Diarization]:
    began = time.process_time()
    found = [_heard(engine, encoder, talk, SpeakerBounds()) for talk in talks]
    took = (time.process_time() - began) / sum(talk.clip.duration for talk in talks)
    told: list[Diarization] = []
    for talk in talks:
        number = len({turn.speaker for turn in talk.turns})
        told.append(_heard(engine, encoder, talk, SpeakerBounds(number, number)))
    ways: dict[str, list[Sequence[Turn]]] = {
        "found": [one.turns for one in found],
        "number given": [one.turns for one in told],
        "one for all": [_one_for_all(one.turns) for one in found],
    }
    print("\n| recording | way | speakers | DER strict | DER 0.25 s | missed | false alarm | confusion | no overlap |")
    print("|---|---|---|---|---|---|---|---|---|")
    sums = {way: [Score(), Score(), Score()] for way in ways}
    for at, talk in enumerate(talks):
        for way, turns in ways.items():
            scores = _scores(talk, turns[at])
            _print_row(talk.name, way, scores)
            for total, one in zip(sums[way], scores, strict=True):
                total += one
    for way, totals in sums.items():
        _print_row("all", way, totals)
    print(f"\n{took:.3f} s of CPU for a second of sound. Confidence: {_confidence(talks, found)}")
    return found


def _scores(talk: Conversation, turns: Sequence[Turn]) -> list[Score]:
    strict, collar = COLLARS.values()
    whole = talk.clip.duration
    return [
        score(talk.turns, turns, whole, strict, overlap=True),
        score(talk.turns, turns, whole, collar, overlap=True),
        score(talk.turns, turns, whole, strict, overlap=False),
    ]


def _print_row(name: str, way: str, scores: Sequence[Score]) -> None:
    strict, collar, alone = scores
    counts = ", ".join(f"{found}/{there}" for found, there in strict.counts)
    parts = (strict.missed, strict.false_alarm, strict.confusion)
    shares = " | ".join(f"{part / strict.total:.1%}" for part in parts)
    print(f"| {name} | {way} | {counts} | {strict.rate:.1%} | {collar.rate:.1%} | {shares} | {alone.rate:.1%} |")


def _one_for_all(turns: Sequence[Turn]) -> list[Turn]:
    """The same speech, all of one speaker."""
    joined: list[Turn] = []
    for turn in sorted(turns, key=lambda turn: turn.start):
        if joined and turn.start <= joined[-1].end:
            joined[-1] = replace(joined[-1], end=max(turn.end, joined[-1].end))
        else:
            joined.append(Turn(turn.start, turn.end, "A"))
    return joined


def _confidence(talks: Sequence[Conversation], found: Sequence[Diarization]) -> str:
    """Mean confidence of turns whose speaker is right for most of their time, and of the others."""
    right: list[float] = []
    wrong: list[float] = []
    for talk, one in zip(talks, found, strict=True):
        names = _best_names(talk.turns, one.turns)
        for turn in one.turns:
            of_mine = sum(_shared(turn, other) for other in talk.turns if other.speaker == names.get(turn.speaker))
            (right if of_mine >= (turn.end - turn.start) / 2 else wrong).append(turn.confidence or 0.0)
    return " and ".join(
        f"{np.mean(values) if values else float('nan'):.2f} of {len(values)} turns that are {what}"
        for what, values in (("right", right), ("wrong", wrong))
    )


def _best_names(reference: Sequence[Turn], found: Sequence[Turn]) -> dict[str, str]:
    shared: dict[tuple[str, str], float] = {}
    for one, other in itertools.product(found, reference):
        shared[one.speaker, other.speaker] = shared.get((one.speaker, other.speaker), 0.0) + _shared(one, other)
    names: dict[str, str] = {}
    for (who, name), _ in sorted(shared.items(), key=lambda item: -item[1]):
        if who not in names and name not in names.values():
            names[who] = name
    return names


def _shared(one: Turn, other: Turn) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def _choose(engine: DiarizationEngine, encoder: SpeakerEncoder, talks: Sequence[Conversation]) -> None:
    hearings = []
    for talk in talks:
        hearing = engine.begin(encoder, SpeakerBounds())
        if not isinstance(hearing, Listening):
            print(f"The engine {engine.name} has no such parameters.")
            return
        hearing.hear(talk.clip)
        hearing.finish()
        hearings.append(hearing)
    print(f"on {', '.join(talk.name for talk in talks)}\n\n| apart | pause | DER strict | DER 0.25 s | speakers |")
    print("|---|---|---|---|---|")
    for apart, pause in itertools.product(_APART, _PAUSES):
        totals = [Score(), Score()]
        for talk, hearing in zip(talks, hearings, strict=True):
            turns = hearing.again(apart=apart, pause_s=pause).turns
            for total, collar in zip(totals, COLLARS.values(), strict=True):
                total += score(talk.turns, turns, talk.clip.duration, collar, overlap=True)
        counts = ", ".join(f"{found}/{there}" for found, there in totals[0].counts)
        print(f"| {apart} | {pause} | {totals[0].rate:.1%} | {totals[1].rate:.1%} | {counts} |")


def _words(service: TranscriptionService, talks: Sequence[Conversation], found: Sequence[Diarization]) -> None:
    print("\n| recording | words | WER | cpWER | cpWER, reference's turns | cpWER, one for all |")
    print("|---|---|---|---|---|---|")
    for talk, one in zip(talks, found, strict=True):
        if not talk.words:
            continue
        segments = _transcribed(service, talk)
        reference = by_speaker(talk.words)
        cells = [word_errors({"A": by_speaker(("A", text) for _, text in talk.words)["A"]}, _said(segments, None))]
        cells += [word_errors(reference, _said(segments, turns)) for turns in (one.turns, talk.turns)]
        cells.append(word_errors(reference, _said(segments, None)))
        rates = " | ".join(f"{errors / length:.1%}" for errors, length in cells)
        print(f"| {talk.name} | {cells[0][1]} | {rates} |")


def _said(segments: Sequence[Segment], turns: Sequence[Turn] | None) -> dict[str, str]:
    if turns is None:
        return by_speaker(("A", segment.text) for segment in segments)
    parts = [part for segment in segments for part in parted(segment, turns)]
    return by_speaker((part.speaker or "", part.text) for part in parts)


def _transcribed(service: TranscriptionService, talk: Conversation) -> list[Segment]:
    options = TranscriptionOptions(RecognitionRequest(language="en", word_timestamps=True))
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file.name, "wb") as sound:
            sound.setparams((1, 2, talk.clip.sample_rate, 0, "NONE", ""))
            sound.writeframes(np.rint(np.clip(talk.clip.samples, -1, 1) * 32767).astype("<i2").tobytes())
        with Path(file.name).open("rb") as audio, service.start(audio, options) as run:
            return list(run)


if __name__ == "__main__":
    sys.exit(main())
