"""Word times of forced alignment against known ones: `python -m benchmarks.alignment --corpus FOLDER`.

What is known of real speech: where each word of joined recordings of single words begins and ends, and where the first
word of a speaker's turn begins and its last one ends in a joined conversation. Both are told from the recordings before
they were joined: the first and the last 10 ms within 35 dB of the loudest.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.recognition_quality.material import RATE, decoded, entries, spoken
from voice_stack.apps.tts import make_service
from voice_stack.asr.recognition.known_text import known_text
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest, Word
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import TextMismatchError
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.captions import Timestamps
from voice_stack.tts.speaking.run import SpeechOptions

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WORDS_A_CLIP: Final = 12
_PAUSES_S: Final = (0.0, 0.15, 0.05, 0.4, 0.1, 1.2)
_AROUND_S: Final = 0.5
SENTENCES: Final = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls, and so is soup.",
    "The juice of lemons makes fine punch; nobody knows why.",
)
_FRAME: Final = RATE // 100
_BELOW_DB: Final = 35.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Known:
    """A recording whose words' times are known.

    Attributes:
        starts, ends: seconds, by the number of the word.
    """

    samples: Samples
    text: str
    starts: dict[int, float]
    ends: dict[int, float]


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of an engine on some recordings, in seconds.

    Attributes:
        refused: recordings whose text it did not find.
    """

    starts: list[float]
    ends: list[float]
    refused: int
    engine_s: float
    audio_s: float


def speech_bounds(samples: Samples) -> Span:
    """Seconds at which the sound of a recording of a word begins and ends."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    level = 10 * np.log10(np.square(frames, dtype=np.float64).mean(axis=1) + 1e-10)
    loud = np.flatnonzero(level > level.max() - _BELOW_DB)
    return float(loud[0]) / 100, float(loud[-1] + 1) / 100


def joined_words(corpus: Path) -> Iterator[Known]:
    """Single words of a speaker each, one after the other, with pauses or without."""
    by_speaker: dict[str, list[dict[str, Any]]] = {}
    for entry in entries(corpus):
        if entry["path"].startswith("digits/") and entry["text"] in _DIGITS:
            by_speaker.setdefault(str(entry["speaker"]), []).append(entry)
    rng = np.random.default_rng(7)
    for found in by_speaker.values():
        order = [found[int(at)] for at in rng.permutation(len(found))[: 6 * _WORDS_A_CLIP]]
        for begin in range(0, len(order) - _WORDS_A_CLIP + 1, _WORDS_A_CLIP):
            yield _joined(corpus, order[begin : begin + _WORDS_A_CLIP])


def conversation(corpus: Path) -> Iterator[Known]:
    """Turns of a joined conversation, all of them in one recording."""
    for entry in entries(corpus):
        if entry.get("segments") and entry.get("built") and entry["kind"] == "diarization":
            turns = entry["segments"]
            counts = [len(turn["text"].split()) for turn in turns]
            ends = list(accumulate(counts))
            starts = {end - count: turn["start"] for end, count, turn in zip(ends, counts, turns, strict=True)}
            closes = {end - 1: turn["end"] for end, turn in zip(ends, turns, strict=True)}
            text = " ".join(turn["text"] for turn in turns)
            yield Known(decoded(corpus / entry["path"]), text, starts, closes)


def turns(corpus: Path) -> Iterator[Known]:
    """The turns of that conversation, each by itself with half a second around it."""
    for entry in entries(corpus):
        if entry.get("segments") and entry.get("built") and entry["kind"] == "diarization":
            samples = decoded(corpus / entry["path"])
            for turn in entry["segments"]:
                begin = max(0.0, turn["start"] - _AROUND_S)
                part = samples[round(begin * RATE) : round((turn["end"] + _AROUND_S) * RATE)]
                last = len(turn["text"].split()) - 1
                yield Known(part, turn["text"], {0: turn["start"] - begin}, {last: turn["end"] - begin})


def between(corpus: Path, first: TranscriptionService, second: TranscriptionService, most: int = 24) -> str:
    """A line about how far two engines are apart on read sentences, of which nobody knows the times."""
    starts: list[float] = []
    ends: list[float] = []
    refused = 0
    clips = [clip for clip in spoken(corpus, "asr") if clip.language == "en" and len(clip.samples) < 15 * RATE]
    for clip in clips[:: max(1, len(clips) // most)]:
        try:
            pairs = list(zip(*(align(one, clip.samples, clip.text, "en") for one in (first, second)), strict=True))
        except TextMismatchError:
            refused += 1
            continue
        starts += [abs(one.start - other.start) for one, other in pairs]
        ends += [abs(one.end - other.end) for one, other in pairs]
    return row("one against the other", "read sentences", Errors(starts, ends, refused, 0.0, 0.0))


def captions(aligner: TranscriptionService, language: str = "en") -> str:
    """A line about the words of captions, which the first engine has timed, against the second on the same sound."""
    starts: list[float] = []
    ends: list[float] = []
    with make_service(load_settings(TtsSettings, tts_asr="embedded")) as speech:
        for text in SENTENCES:
            wanted = SpeechOptions(
                text, "alloy", "tts-1", language, audio_format=AudioFormat.WAV, timestamps=Timestamps.WORD
            )
            with speech.start(wanted) as run:
                sound = b"".join(run)
                name, told = run.start.answering, run.captions
            with tempfile.NamedTemporaryFile(suffix=".wav") as file:
                file.write(sound)
                file.flush()
                samples = decoded(Path(file.name))
            said = [word for sentence in told.sentences for word in sentence.words or ()] if told else []
            if len(said) != len(text.split()):
                continue
            try:
                known = align(aligner, samples, text, language)
            except TextMismatchError:
                continue
            starts += [abs(one.start - other.start) for one, other in zip(said, known, strict=True)]
            ends += [abs(one.end - other.end) for one, other in zip(said, known, strict=True)]
    return row(f"captions of {name.engine}", "spoken sentences", Errors(starts, ends, 0, 0.0, 0.0))


def measure(service: TranscriptionService, materials: Sequence[Known], language: str = "en") -> Errors:
    """Errors of the configured engine."""
    errors = Errors([], [], 0, 0.0, 0.0)
    refused, engine_s, audio_s = 0, 0.0, 0.0
    for known in materials:
        try:
            begun = time.perf_counter()
            words = align(service, known.samples, known.text, language)
            engine_s += time.perf_counter() - begun
        except TextMismatchError as error:
            print(f"  refused: {error}")
            refused += 1
            continue
        audio_s += len(known.samples) / RATE
        errors.starts.extend(abs(words[number].start - second) for number, second in known.starts.items())
        errors.ends.extend(abs(words[number].end - second) for number, second in known.ends.items())
    return Errors(errors.starts, errors.ends, refused, engine_s, audio_s)


def align(service: TranscriptionService, samples: Samples, text: str, language: str) -> list[Word]:
    """Words of a text with their times."""
    asked = RecognitionRequest(language=language)
    options = TranscriptionOptions(asked, vad=service.settings.vad, alignment=known_text(text, language))
    with tempfile.TemporaryFile() as wav:
        wav.write(encode_whole(AudioClip(samples, RATE), AudioFormat.WAV))
        wav.seek(0)
        with service.start(wav, options) as run:
            return [word for segment in run for word in segment.words]


def row(name: str, material: str, errors: Errors) -> str:
    """A line of the table."""

    def told(values: list[float]) -> str:
        if not values:
            return "– | –"
        return f"{1000 * float(np.median(values)):.0f} ms | {1000 * float(np.percentile(values, 90)):.0f} ms"

    speed = errors.engine_s / errors.audio_s if errors.audio_s else 0.0
    counted = f"{len(errors.starts)}, {len(errors.ends)}"
    return (
        f"| {name} | {material} | {counted} | {told(errors.starts)} | {told(errors.ends)} | {errors.refused} | "
        f"{speed:.2f} |"
    )


HEAD: Final = (
    "| engine | speech | words | start: median | 90 % | end: median | 90 % | refused | time a second |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alignment", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with manifest.jsonl")
    parser.add_argument("--model", help="Whisper model: a name or a folder; absent: pocketsphinx alone")
    parser.add_argument(
        "--captions",
        action="store_true",
        help="the words of captions instead, of TTS_ENGINE and timed as ASR_* say, against pocketsphinx",
    )
    parser.add_argument("--only", help="substring of the speech's name")
    given = parser.parse_args(arguments)
    engines = {"pocketsphinx": {"asr_engine": "pocketsphinx"}}
    if given.model:
        engines[f"faster-whisper {Path(given.model).name}"] = {"asr_engine": "faster-whisper", "asr_model": given.model}
    sources: dict[str, Callable[[Path], Iterator[Known]]] = {
        "single words, joined": joined_words,
        "turns of a conversation": turns,
        "the conversation of four minutes": conversation,
    }
    if given.captions:
        print(HEAD)
        with TranscriptionService(load_settings(AsrSettings, asr_engine="pocketsphinx")) as aligner:
            print(captions(aligner))
        return
    print(HEAD)
    for name, settings in engines.items():
        with TranscriptionService(load_settings(AsrSettings, **settings, asr_fallback_engines="")) as service:
            for material, source in sources.items():
                if given.only is None or given.only in material:
                    print(row(name, material, measure(service, list(source(given.corpus)))), flush=True)
    if given.model and given.only is None:
        with contextlib.ExitStack() as stack:
            first, second = [
                stack.enter_context(TranscriptionService(load_settings(AsrSettings, **one, asr_fallback_engines="")))
                for one in engines.values()
            ]
            print(between(given.corpus, first, second))


def _joined(corpus: Path, found: Sequence[dict[str, Any]]) -> Known:
    parts: list[Samples] = [np.zeros(RATE // 4, np.float32)]
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    for number, entry in enumerate(found):
        samples = decoded(corpus / entry["path"])
        begin, end = speech_bounds(samples)
        at = sum(map(len, parts)) / RATE
        starts[number], ends[number] = at, at + end - begin
        parts.append(samples[round(begin * RATE) : round(end * RATE)] * np.float32(0.3 / np.abs(samples).max()))
        parts.append(np.zeros(round(_PAUSES_S[number % len(_PAUSES_S)] * RATE), np.float32))
    text = " ".join(entry["text"] for entry in found)
    return Known(np.concatenate(parts), text, starts, ends)


if __name__ == "__main__":
    main()
