"""Speech through the whole path against the engine alone: `python -m benchmarks.speech_quality [--engine NAME]`.

The same texts are said by the engine alone, sentence by sentence, and through the service: normalised, cut, trimmed,
levelled, joined, encoded in every format. Whisper reads both back, and DNSMOS rates them, above all where the opening
of a long first sentence was joined to the rest. Needs the real models: `make real`.

Whisper hears another word where a sound differs by what no ear can tell (one sample more, noise at -50 dB). So a sound
with errors is read up to three times, each time after a little more silence, and the best reading counts: what is lost
or cut off in the sound is lost in each of them. Ways are compared text by text.
"""

import argparse
import hashlib
import statistics
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np
import soxr
from rich.console import Console
from rich.table import Table

from benchmarks.first_sound import real_voices
from benchmarks.listeners import SAMPLE_RATE, Dnsmos, Opinion, Reader, errors
from benchmarks.remembered import REMEMBERING, forget, said
from benchmarks.spoken_texts import TEXTS, long_text
from tests.e2e.speech import hear
from tests.real_models import real_model
from voice_stack.audio.clip import Samples
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.loudness import loudness
from voice_stack.audio.silence import EdgeTrimmer
from voice_stack.core.settings import load_settings
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.text.cutting.sentences import split_sentences
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.service import SpeechService, speech_models
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.types import Utterance

ALONE: Final = "the engine alone, sentences whole"
WHOLE: Final = "the service, wav, sentences whole"
"""Ways of speaking that the others, in each format, are held against."""

_PAUSE_S: Final = 0.3
_AROUND_JOINT_S: Final = 2.0
# Silence before the sound, each time that it is read: seconds.
_LEADS_S: Final = (0.0, 0.1, 0.25)
# Of the opening, which is longer than any of the texts: nothing is cut off.
_WHOLE: Final = "1000"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one text.

    Attributes:
        text: that was heard.
        wrong: words.
        words: that were said.
        joint: of the seconds around the place where the opening ends.
    """

    text: str
    wrong: int
    words: int
    whole: Opinion
    joint: Opinion


class Judge:
    """Whisper and DNSMOS. What is the same to the last bit is judged once."""

    def __init__(self, reader: Reader, dnsmos: Dnsmos) -> None:
        self._reader = reader
        self._dnsmos = dnsmos
        self._heard: dict[tuple[bytes, str], Heard] = {}

    def hear(self, samples: Samples, sample_rate: int, text: str, joint_s: float) -> Heard:
        """Of speech at any level, (time,) float32.

        Args:
            text: what it should say.
            joint_s: seconds from its start to the place that is rated apart.
        """
        even = samples * np.float32(10 ** ((-19.0 - loudness(samples, sample_rate)) / 20))
        heard = soxr.resample(even, sample_rate, SAMPLE_RATE).astype(np.float32)
        key = hashlib.sha256(heard.tobytes()).digest(), text
        if key not in self._heard:
            around = (max(0, round((joint_s + side) * SAMPLE_RATE)) for side in (-_AROUND_JOINT_S, _AROUND_JOINT_S))
            joint = self._dnsmos.opinion(heard[slice(*around)])
            wrong, words, read = self._best(heard, text)
            self._heard[key] = Heard(read, wrong, words, self._dnsmos.opinion(heard), joint)
        return self._heard[key]

    def _best(self, heard: Samples, text: str) -> tuple[int, int, str]:
        """Words that are wrong in the best reading, words of the text, and the reading."""
        found: list[tuple[int, int, str]] = []
        for lead_s in _LEADS_S:
            read = self._reader.text(np.pad(heard, (round(lead_s * SAMPLE_RATE), 0)))
            found.append((*errors(text, read), read))
            if not found[-1][0]:
                break
        return min(found)


def judged(
    engine: str,
    settings: Mapping[str, str],
    texts: Sequence[str],
    judge: Judge,
    *,
    formats: Sequence[AudioFormat] = tuple(AudioFormat),
    speed: float = 1.0,
    takes: int = 1,
) -> dict[str, list[Heard]]:
    """What was heard of each text, by the way that it was said.

    Args:
        settings: of the service, for the engine.
        formats: in which the service answers.
        speed: that is asked for; 1 is natural.
        takes: how often all of it is said; each is a draw of its own where the engine draws.
    """
    found: dict[str, list[Heard]] = {}
    options = {
        "tts_engine": engine,
        "tts_fallback_engines": "",
        **{key.lower(): value for key, value in settings.items()},
    }
    loaded = load_settings(TtsSettings, **options)
    uncut = load_settings(TtsSettings, **options, tts_first_chunk_chars=_WHOLE)
    models = speech_models(loaded, REMEMBERING)
    alone = cast(TTSEngine, models.spec(engine).build(models.config(engine)))
    voice = alone.voices(models.config(engine))[0].id
    with SpeechService(loaded, registry=REMEMBERING) as service, SpeechService(uncut, registry=REMEMBERING) as whole:
        for text in [text for _ in range(takes) for text in texts]:
            forget()
            asked = SpeechOptions(
                text, voice, "tts-1", language="en", audio_format=AudioFormat.WAV, speed=speed, lane=Lane.INTERACTIVE
            )
            plan = service.preview(asked)[0]
            served = {
                WHOLE: _spoken(whole, asked, AudioFormat.WAV),
                **{f"the service, {audio_format}": _spoken(service, asked, audio_format) for audio_format in formats},
            }
            opening = said(alone.name, Utterance(plan.units[0].parts, "en", voice, speed))
            joint_s = _seconds(opening[0].samples, alone.capabilities.sample_rate) if opening else 0.0
            sound = np.concatenate(list(_alone(alone, plan.text, voice, speed)))
            found.setdefault(ALONE, []).append(judge.hear(sound, alone.capabilities.sample_rate, text, joint_s))
            for way, samples in served.items():
                found.setdefault(way, []).append(judge.hear(samples, 24_000, text, joint_s))
    alone.close()
    return found


def _alone(engine: TTSEngine, words: str, voice: str, speed: float) -> Iterator[Samples]:
    """Each sentence whole, with a pause behind it, and nothing done to it."""
    for sentence in split_sentences(words, "en"):
        utterance = Utterance((Pronounced(sentence),), "en", voice, speed)
        yield from (clip.samples for clip in engine.synthesize(utterance, threading.Event()))
        yield np.zeros(round(_PAUSE_S * engine.capabilities.sample_rate), np.float32)


def _spoken(service: SpeechService, asked: SpeechOptions, audio_format: AudioFormat) -> Samples:
    """An answer of the service, as a player decodes it."""
    with service.start(replace(asked, audio_format=audio_format)) as run:
        return hear(b"".join(run), audio_format).samples


def _seconds(samples: Samples, sample_rate: int) -> float:
    trimmer = EdgeTrimmer(sample_rate)
    return (len(trimmer.write(samples)) + len(trimmer.finish())) / sample_rate


def compared(alone: Sequence[Heard], heard: Sequence[Heard]) -> tuple[int, int]:
    """Texts in which more words are wrong than alone, and those with fewer."""
    pairs = list(zip(alone, heard, strict=True))
    return sum(ours.wrong > theirs.wrong for theirs, ours in pairs), sum(o.wrong < t.wrong for t, o in pairs)


def table(found: Mapping[str, Mapping[str, list[Heard]]]) -> Table:
    """A line for each way in which each engine spoke."""
    shown = Table(title="Speech, read back by Whisper base and rated by DNSMOS")
    numbers = ("texts", "words", "wrong", "WER", "more / fewer", "overall", "signal", "joint", "joint's signal")
    for heading in ("engine", "way", *numbers):
        shown.add_column(heading, justify="left" if heading in ("engine", "way") else "right")
    for engine, ways in found.items():
        for way, heard in ways.items():
            wrong, words = sum(one.wrong for one in heard), sum(one.words for one in heard)
            rated = [
                statistics.mean(score)
                for score in zip(
                    *((one.whole.overall, one.whole.signal, one.joint.overall, one.joint.signal) for one in heard),
                    strict=True,
                )
            ]
            more, fewer = compared(ways[ALONE], heard)
            counts = (str(len(heard)), str(words), str(wrong), f"{100 * wrong / words:.2f} %", f"{more} / {fewer}")
            shown.add_row(engine, way, *counts, *(f"{score:.2f}" for score in rated))
    return shown


def main() -> int:
    voices = {**real_voices(), "espeak": {}}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech_quality", description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", action="append", choices=tuple(voices), help="one of them; may be repeated")
    parser.add_argument("--texts", type=int, default=len(TEXTS), help="so many of the texts")
    parser.add_argument("--takes", type=int, default=1, help="so often; Piper's sound is another one each time")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--format", action="append", choices=tuple(AudioFormat), help="this one; may be repeated")
    parser.add_argument("--minutes", type=float, default=0.0, help="one text about so long, instead of the short ones")
    arguments = parser.parse_args()
    whisper, dnsmos = real_model("whisper-base"), real_model("dnsmos")
    if whisper is None or dnsmos is None:
        print("It needs the real models whisper-base and dnsmos: make real", file=sys.stderr)
        return 1
    judge = Judge(Reader(whisper), Dnsmos(dnsmos))
    texts = (long_text(arguments.minutes),) if arguments.minutes else TEXTS[: arguments.texts]
    formats = [AudioFormat(name) for name in arguments.format or AudioFormat]
    how = {"formats": formats, "speed": arguments.speed, "takes": arguments.takes}
    found = {name: judged(name, voices[name], texts, judge, **how) for name in arguments.engine or voices}
    for engine, ways in found.items():
        for way, heard in ways.items():
            for one in heard:
                if one.wrong:
                    print(f"{engine}, {way}: {one.wrong} wrong in: {one.text}")
    Console(width=150).print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
