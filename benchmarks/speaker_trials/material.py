"""Pairs of a corpus: the trials that are reported on, and pairs of all its other speakers, to calibrate with."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio

RATE: Final = 16_000
_LIMITS: Final = DecodeLimits(max_seconds=600, timeout_s=60)
# Of the speakers to calibrate with: as long as the trials' clips are, and not so many that one of them counts for all.
_CLIP_S: Final = 5.0
_SHORTEST_S: Final = 1.5
_MOST_CLIPS: Final = 6
_KINDS: Final = ("asr", "speaker", "multilingual", "digits")


@dataclass(frozen=True, slots=True)
class Trial:
    """Two clips, by name, and whether they are of one speaker."""

    is_same: bool
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Material:
    """Trials.

    Attributes:
        clips: by name, at 16,000 Hz.
        speakers: of the clips, by the same names.
    """

    trials: tuple[Trial, ...]
    clips: dict[str, AudioClip]
    speakers: dict[str, str]


def reported(corpus: Path) -> Material:
    """The trials of `speaker_trials.txt` (`1|0 path path`)."""
    lines = [line.split() for line in (corpus / "speaker_trials.txt").read_text("utf-8").splitlines() if line.strip()]
    trials = tuple(Trial(kind == "1", a, b) for kind, a, b in lines)
    names = sorted({name for trial in trials for name in (trial.a, trial.b)})
    speakers = {entry["path"]: str(entry["speaker"]) for entry in _manifest(corpus)}
    clips = {name: _read(corpus / name) for name in names}
    return Material(trials, clips, {name: speakers.get(name, name) for name in names})


def others(corpus: Path, left_out: frozenset[str]) -> Material:
    """Pairs of clips of the corpus' other speakers: five seconds each, six a speaker at most.

    Two speakers are a pair where they were recorded alike (one folder of the corpus, one meeting): microphones and
    rooms tell others apart that a voice would not. Speakers with one recording are cut into several clips of it. Of
    meetings, what nobody else talks into is taken.

    Args:
        left_out: speakers that are reported on.
    """
    sounds: dict[str, list[AudioClip]] = defaultdict(list)
    alike: dict[str, str] = {}
    for entry in _manifest(corpus):
        speaker = entry["speaker"]
        if isinstance(speaker, list):
            if "rttm" in entry and not set(speaker) & left_out:
                for name, clip in _alone(corpus, entry):
                    sounds[name].append(clip)
                    alike[name] = entry["path"]
        elif entry["kind"] in _KINDS and not entry.get("noisy") and speaker not in left_out:
            name = speaker or entry["path"]
            sounds[name].append(_read(corpus / entry["path"]))
            alike.setdefault(name, str(Path(entry["path"]).parent))
    clips: dict[str, AudioClip] = {}
    speakers: dict[str, str] = {}
    for speaker, heard in sorted(sounds.items()):
        for number, clip in enumerate(_cut(heard)):
            clips[f"{speaker} {number}"], speakers[f"{speaker} {number}"] = clip, speaker
    trials = tuple(
        Trial(speakers[a] == speakers[b], a, b)
        for a, b in combinations(clips, 2)
        if alike[speakers[a]] == alike[speakers[b]]
    )
    return Material(trials, clips, speakers)


def _cut(sounds: list[AudioClip]) -> Iterator[AudioClip]:
    """Clips of about five seconds: long sounds are cut, short ones joined."""
    left = np.zeros(0, np.float32)
    found: list[AudioClip] = []
    for sound in sounds:
        left = np.concatenate([left, sound.samples])
        while len(left) >= _CLIP_S * RATE:
            found.append(AudioClip(left[: round(_CLIP_S * RATE)], RATE))
            left = left[round(_CLIP_S * RATE) :]
    if len(left) >= _SHORTEST_S * RATE:
        found.append(AudioClip(left, RATE))
    # Spread over all that there is, so that recordings of other days are among them.
    picked = np.linspace(0, len(found) - 1, min(len(found), _MOST_CLIPS)).round().astype(int)
    yield from (found[at] for at in picked)


def _alone(corpus: Path, entry: dict[str, Any]) -> Iterator[tuple[str, AudioClip]]:
    """What each speaker of a conversation says while nobody else does."""
    turns = [line.split() for line in (corpus / entry["rttm"]).read_text("utf-8").splitlines() if line.strip()]
    spans = [(float(turn[3]), float(turn[3]) + float(turn[4]), turn[7]) for turn in turns if turn[0] == "SPEAKER"]
    sound = _read(corpus / entry["path"])
    for start, end, speaker in spans:
        for other_start, other_end, other in spans:
            if other != speaker and other_start < end and other_end > start:
                # The longer part beside the other's turn.
                start, end = max(
                    (start, min(end, other_start)), (max(start, other_end), end), key=lambda s: s[1] - s[0]
                )
        if end - start >= 0.5:
            yield speaker, sound.slice(start, end)


def _manifest(corpus: Path) -> list[dict[str, Any]]:
    lines = (corpus / "manifest.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _read(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, _LIMITS, sample_rate=RATE) as sound:
        return sound.read(_LIMITS.max_seconds)
