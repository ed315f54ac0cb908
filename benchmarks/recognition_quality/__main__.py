"""Accuracy of the service beside the engine's own: `python -m benchmarks.recognition_quality`.

It needs the real model `whisper-base` (`make real`) and recordings with ground truth (a folder with `manifest.jsonl`).
"""

import argparse
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.listeners import words
from benchmarks.material import ROOT
from benchmarks.recognition_quality.against import Direct, Service, seconds_of
from benchmarks.recognition_quality.judgement import Score, lost, repeated
from benchmarks.recognition_quality.material import Joined, Spoken, decoded, entries, joined, spoken, without_speech
from tests.live_server import serve_asr
from tests.real_models import real_model

_LONG_S = 300.0
_NOISE_S = 20.0
# Seconds by which a word's time may differ from a known one: Whisper's own times are no better.
_NEAR_S = 0.3
_TIME = re.compile(r"(\d+):(\d+):(\d+)[,.](\d+) --> ")


class Comparison:
    """All measures with one model.

    Args:
        model: folder of a Whisper for faster-whisper.
        corpus: recordings with ground truth.
        most: recordings of each set; None: all.
    """

    def __init__(self, model: Path, corpus: Path, most: int | None) -> None:
        self.model = model
        self.corpus = corpus
        self.most = most
        # What the service asks of the engine by default.
        self.direct = Direct(model, {"beam_size": 5, "vad_filter": True})

    def settings(self, **more: str) -> dict[str, str]:
        return {"ASR_MODEL": str(self.model), "ASR_FALLBACK_ENGINES": "", **more}

    def sets(self) -> Iterator[str]:
        """Word error rate of each set of single recordings."""
        with serve_asr(self.settings()) as server:
            service = Service(server.v1)
            for kind in ("asr", "multilingual", "noisy"):
                recordings = self._some(kind)
                yield self._compared(f"{kind}, language named", recordings, service, named=True)
            yield self._compared("multilingual, language not named", self._some("multilingual"), service, named=False)

    def _some(self, kind: str) -> list[Spoken]:
        found = spoken(self.corpus, kind)
        return found if self.most is None else found[:: max(1, len(found) // self.most)][: self.most]

    def _compared(self, name: str, recordings: list[Spoken], service: Service, *, named: bool) -> str:
        served, direct, differing = Score(), Score(), []
        for one in recordings:
            language = one.language if named else None
            ours, theirs = service.text(one.samples, language), self.direct.text(one.samples, language)
            served.add(one.text, ours, one.language)
            direct.add(one.text, theirs, one.language)
            if words(ours) != words(theirs):
                differing.append(one.name)
        return (
            f"{name}: n={len(recordings)}, {served.said} words: service {served.rate:.2f} %, engine "
            f"{direct.rate:.2f} %, difference {served.rate - direct.rate:+.2f}; texts that differ: "
            f"{len(differing)} {differing[:5]}"
        )

    def long(self) -> Iterator[str]:
        """Word error rate of one long recording, cut by the service at several lengths."""
        whole = joined(self._some("asr"), _LONG_S)
        alone = Score()
        for part in whole.parts:
            alone.add(part.text, self.direct.text(part.samples, "en"), "en")
        length = f"{len(whole.parts)} recordings joined, {seconds_of(whole.samples):.0f} s, {alone.said} words"
        yield f"{length}: engine on each alone {alone.rate:.2f} %"
        for condition in (True, False):
            heard = self.direct.text(whole.samples, "en", condition_on_previous_text=condition)
            yield f"  engine on the whole, condition_on_previous_text {condition}: {_told(whole, heard)}"
            for chunk_s in ("300", "60", "30"):
                settings = {"ASR_CHUNK_S": chunk_s, "ASR_CONDITION_ON_PREVIOUS_TEXT": str(condition)}
                with serve_asr(self.settings(**settings)) as server:
                    heard = Service(server.v1).text(whole.samples, "en")
                yield f"  service, pieces of {chunk_s} s: {_told(whole, heard)}"

    def nothing(self) -> Iterator[str]:
        """What is heard where nobody speaks."""
        with serve_asr(self.settings()) as server:
            service = Service(server.v1)
            for name, samples in without_speech(self.corpus, _NOISE_S):
                ours = {
                    "no language": service.text(samples),
                    "en": service.text(samples, "en"),
                }
                theirs = self.direct.text(samples, vad_filter=False)
                yield f"{name}, {_NOISE_S:g} s: service {ours}, engine without VAD {theirs!r}"

    def languages(self) -> Iterator[str]:
        """Languages told, against known ones."""
        with serve_asr(self.settings()) as server:
            service = Service(server.v1)
            known = self._some("multilingual") + [one for one in self._some("asr") if seconds_of(one.samples) > 5][:20]
            told = [(one.language, service.language(one.samples), one.name) for one in known]
            wrong = [one for one in told if one[0] != one[1]]
            yield f"language told: {len(told) - len(wrong)} of {len(told)} right; wrong: {wrong}"
            ours = {name: code for _, code, name in told}
            other = [one.name for one in known if self.direct.language(one.samples) != ours[one.name]]
            yield f"told otherwise than by the engine: {other}"
            foreign = [one for one in known if one.language != "en"]
            for one in foreign[:3]:
                yield f"translation of {one.text[:60]!r}: {service.translation(one.samples)[:90]!r}"

    def times(self) -> Iterator[str]:
        """Word and subtitle times, against the known starts of joined recordings."""
        whole = joined(self._some("asr"), 120)
        with serve_asr(self.settings()) as server:
            service = Service(server.v1)
            body = service.transcript(whole.samples, "en", **{"timestamp_granularities[]": "word"})
            found = [float(word["start"]) for word in body["words"]]
            yield _starts("words, service", whole, found)
            yield _starts("words, engine", whole, [start for _, start, _ in self.direct.words(whole.samples, "en")])
            yield _starts("subtitles, service", whole, _cues(service.subtitles(whole.samples, "en")))
            different = [one.name for one in whole.parts[:8] if len(set(service.streamed(one.samples))) != 1]
            yield f"streams whose deltas are not the text: {different}"

    def conversation(self) -> Iterator[str]:
        """A conversation of several voices, beside the engine."""
        for entry in entries(self.corpus):
            if entry["kind"] == "diarization" and entry["text"]:
                samples = decoded(self.corpus / entry["path"])
                with serve_asr(self.settings()) as server:
                    one = Spoken(entry["path"], samples, entry["text"], "en")
                    yield self._compared(entry["path"], [one], Service(server.v1), named=True)


def _told(whole: Joined, heard: str) -> str:
    score = Score()
    score.add(whole.text, heard, "en")
    runs = repeated(whole.text, heard)
    return f"{score.rate:.2f} %; {runs} runs of four words more often than said; lost {lost(whole, heard)}"


def _cues(srt: str) -> list[float]:
    return [
        int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in (found for found in _TIME.findall(srt))
    ]


def _starts(name: str, whole: Joined, found: list[float]) -> str:
    """How far the nearest time is from each recording's start."""
    far = [min((abs(time - start) for time in found), default=float("inf")) for start in whole.starts]
    near = sum(one <= _NEAR_S for one in far)
    return (
        f"{name}: of {len(far)} known starts {near} have a time within {_NEAR_S} s; median {statistics.median(far):.2f}"
        f" s, most {max(far):.2f} s"
    )


MEASURES: dict[str, Callable[[Comparison], Iterator[str]]] = {
    "sets": Comparison.sets,
    "long": Comparison.long,
    "nothing": Comparison.nothing,
    "languages": Comparison.languages,
    "times": Comparison.times,
    "conversation": Comparison.conversation,
}


def main() -> None:
    """Measure and print; the exit code is 2 where the model or the recordings are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recognition_quality", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--only", action="append", choices=list(MEASURES))
    parser.add_argument("--most", type=int, help="recordings of each set")
    arguments = parser.parse_args()
    model = real_model("whisper-base")
    if model is None or not (arguments.corpus / "manifest.jsonl").is_file():
        print("It needs whisper-base (make real) and --corpus with its manifest.jsonl.", file=sys.stderr)
        raise SystemExit(2)
    comparison = Comparison(model, arguments.corpus, arguments.most)
    for name in arguments.only or MEASURES:
        print(f"## {name}", flush=True)
        for line in MEASURES[name](comparison):
            print(line, flush=True)


if __name__ == "__main__":
    main()
