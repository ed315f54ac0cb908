"""Speech through the whole path against the engine alone: `python -m benchmarks.speech_quality [--engine NAME]`.

The same texts are said by the engine alone, sentence by sentence, and through the service: normalised, cut, trimmed,
levelled, joined, encoded in every format. Whisper reads both back, and DNSMOS rates them, above all where the opening
of a long first sentence was joined to the rest. Needs the real models: `make real`.
"""

import argparse
import statistics
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np
import soxr
from rich.console import Console
from rich.table import Table

from benchmarks.first_sound import real_voices
from benchmarks.listeners import SAMPLE_RATE, Dnsmos, Opinion, Reader, errors
from benchmarks.remembered import REMEMBERING, said
from tests.e2e.speech import hear
from tests.real_models import real_model
from voice_stack.audio.clip import Samples
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.loudness import loudness
from voice_stack.audio.silence import EdgeTrimmer
from voice_stack.core.settings import load_settings
from voice_stack.text.cutting.sentences import split_sentences
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.service import SpeechService, speech_models
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.types import Utterance

TEXTS: Final = (
    "The committee that had been asked to look into the causes of the accident published a report of 214 pages on "
    "the first day of the year. Nobody read it.",
    "My grandmother always told us wonderful stories about the village where she had grown up and the people who "
    "lived there before the war. She remembered all of them by name.",
    "Researchers at the university have found that people who walk for 30 minutes every day sleep better than those "
    "who stay at home. The reason is not yet known.",
    "When the last train had left the station, the old man closed his book, put on his hat and walked home through "
    "the snow. It was 9:30 p.m. and very cold.",
    "Please remember to bring your passport, your ticket and a warm coat when you come to the airport on Monday "
    "morning. The flight takes about 5 hours.",
    "Every morning before the sun comes up the baker opens the back door of his shop and lets the smell of fresh "
    "bread out into the street. A loaf costs $4.",
    "Nobody in the office could remember exactly when the new machine had arrived or who had paid for it in the "
    "end. It stood in a corner, covered with dust.",
    "The small boat drifted slowly down the river while the children on the bridge threw flowers into the water and "
    "sang an old song. Dr. Smith watched them from his window.",
)
"""Each begins with a long sentence; half of these have no mark where they could be cut."""

ALONE: Final = "the engine alone, sentences whole"
WHOLE: Final = "the service, wav, sentences whole"
"""Ways of speaking that the others, in each format, are held against."""

_PAUSE_S: Final = 0.3
_AROUND_JOINT_S: Final = 2.0
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
    """Whisper and DNSMOS."""

    def __init__(self, reader: Reader, dnsmos: Dnsmos) -> None:
        self._reader = reader
        self._dnsmos = dnsmos

    def hear(self, samples: Samples, sample_rate: int, text: str, joint_s: float) -> Heard:
        """Of speech at any level, (time,) float32.

        Args:
            text: what it should say.
            joint_s: seconds from its start to the place that is rated apart.
        """
        even = samples * np.float32(10 ** ((-19.0 - loudness(samples, sample_rate)) / 20))
        heard = soxr.resample(even, sample_rate, SAMPLE_RATE).astype(np.float32)
        around = slice(*(max(0, round((joint_s + side) * SAMPLE_RATE)) for side in (-_AROUND_JOINT_S, _AROUND_JOINT_S)))
        read = self._reader.text(heard)
        wrong, words = errors(text, read)
        return Heard(read, wrong, words, self._dnsmos.opinion(heard), self._dnsmos.opinion(heard[around]))


def judged(engine: str, settings: Mapping[str, str], texts: tuple[str, ...], judge: Judge) -> dict[str, list[Heard]]:
    """What was heard of each text, by the way that it was said."""
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
        for text in texts:
            asked = SpeechOptions(text, voice, "tts-1", language="en", audio_format=AudioFormat.WAV)
            units = [unit.parts for unit in service.preview(asked)[0].units]
            served = {
                WHOLE: _spoken(whole, asked, AudioFormat.WAV),
                **{
                    f"the service, {audio_format}": _spoken(service, asked, audio_format)
                    for audio_format in AudioFormat
                },
            }
            opening = said(alone.name, Utterance(units[0], "en", voice))
            joint_s = _seconds(opening[0].samples, alone.capabilities.sample_rate) if opening else 0.0
            words = service.preview(asked)[0].text
            sound = np.concatenate(list(_alone(alone, words, voice)))
            found.setdefault(ALONE, []).append(judge.hear(sound, alone.capabilities.sample_rate, text, joint_s))
            for way, samples in served.items():
                found.setdefault(way, []).append(judge.hear(samples, 24_000, text, joint_s))
    alone.close()
    return found


def _alone(engine: TTSEngine, words: str, voice: str) -> Iterator[Samples]:
    """Each sentence whole, with a pause behind it, and nothing done to it."""
    for sentence in split_sentences(words, "en"):
        utterance = Utterance((Pronounced(sentence),), "en", voice)
        yield from (clip.samples for clip in engine.synthesize(utterance, threading.Event()))
        yield np.zeros(round(_PAUSE_S * engine.capabilities.sample_rate), np.float32)


def _spoken(service: SpeechService, asked: SpeechOptions, audio_format: AudioFormat) -> Samples:
    """An answer of the service, as a player decodes it."""
    with service.start(replace(asked, audio_format=audio_format)) as run:
        return hear(b"".join(run), audio_format).samples


def _seconds(samples: Samples, sample_rate: int) -> float:
    trimmer = EdgeTrimmer(sample_rate)
    return (len(trimmer.write(samples)) + len(trimmer.finish())) / sample_rate


def table(found: Mapping[str, Mapping[str, list[Heard]]]) -> Table:
    """A line for each way in which each engine spoke."""
    shown = Table(title="Speech, read back by Whisper base and rated by DNSMOS")
    for heading in ("engine", "way", "texts", "words", "wrong", "WER", "overall", "signal", "joint", "joint's signal"):
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
            counts = (str(len(heard)), str(words), str(wrong), f"{100 * wrong / words:.2f} %")
            shown.add_row(engine, way, *counts, *(f"{score:.2f}" for score in rated))
    return shown


def main() -> int:
    voices = {**real_voices(), "espeak": {}}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech_quality", description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", action="append", choices=tuple(voices), help="one of them; may be repeated")
    parser.add_argument("--texts", type=int, default=len(TEXTS), help="so many of the texts")
    arguments = parser.parse_args()
    whisper, dnsmos = real_model("whisper-base"), real_model("dnsmos")
    if whisper is None or dnsmos is None:
        print("It needs the real models whisper-base and dnsmos: make real", file=sys.stderr)
        return 1
    judge = Judge(Reader(whisper), Dnsmos(dnsmos))
    texts = TEXTS[: arguments.texts]
    found = {name: judged(name, voices[name], texts, judge) for name in arguments.engine or voices}
    for engine, ways in found.items():
        for way, heard in ways.items():
            for one in heard:
                if one.wrong:
                    print(f"{engine}, {way}: {one.wrong} wrong in: {one.text}")
    Console(width=140).print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
