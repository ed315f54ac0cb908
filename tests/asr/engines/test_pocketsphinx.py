"""The embedded recogniser on real sentences, and on synthesised ones where the recordings are not at hand."""

import itertools
import json
import re
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.asr.engines.conftest import RATE, Say, joined, segments_of, silence, text_of
from tests.tiny_whisper.evaluate import edits
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.types import RecognitionRequest, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import CancelledWorkError, UnsupportedError

WORDS = RecognitionRequest(word_timestamps=True)
PANGRAM = "the quick brown fox jumps over the lazy dog"


@cache
def sentences(corpus: Path, folder: str, count: int) -> list[tuple[AudioClip, list[str]]]:
    """Recordings and the words said in them."""
    found = []
    for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["path"].startswith(folder) and item.get("text"):
            found.append((read(corpus / item["path"]), re.findall(r"[a-z']+", item["text"].lower())))
    return found[:count]


def read(path: Path) -> AudioClip:
    with path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=600, timeout_s=30)) as stream:
        return stream.read(600)


def error_rate(pairs: list[tuple[list[str], list[str]]]) -> float:
    """Edits over words of (said, heard)."""
    return sum(edits(said, heard) for said, heard in pairs) / sum(len(said) for said, _ in pairs)


@pytest.fixture(scope="module")
def heard(sphinx: ASREngine, corpus: Path) -> list[tuple[list[str], list[Word]]]:
    """What was said in some recordings, and the words that were heard."""
    return [
        (said, [word for segment in segments_of(sphinx, clip, WORDS) for word in segment.words])
        for clip, said in sentences(corpus, "asr/ljspeech/", 6)
    ]


@pytest.mark.long
def test_real_sentences_are_recognised(heard: list[tuple[list[str], list[Word]]]) -> None:
    assert error_rate([(said, [word.text.strip() for word in words]) for said, words in heard]) < 0.35


@pytest.mark.long
def test_wrong_words_are_less_probable_than_right_ones(heard: list[tuple[list[str], list[Word]]]) -> None:
    right: list[float] = []
    wrong: list[float] = []
    for said, words in heard:
        for word in words:
            assert word.probability is not None
            (right if word.text.strip() in said else wrong).append(word.probability)
    assert len(wrong) >= 10
    assert np.mean(wrong) < np.mean(right) - 0.1


def test_synthesised_speech_is_recognised(sphinx: ASREngine, say: Say) -> None:
    clip = joined(silence(0.3), say(PANGRAM, rate_wpm=160), silence(0.3))
    assert error_rate([(PANGRAM.split(), text_of(sphinx, clip).split())]) <= 0.5


def test_words_spell_the_segments_and_lie_where_they_are_said(sphinx: ASREngine, say: Say) -> None:
    spoken = say(PANGRAM, rate_wpm=160)
    segments = segments_of(sphinx, joined(silence(1.0), spoken, silence(1.0)), WORDS)
    words = [word for segment in segments for word in segment.words]
    assert all("".join(word.text for word in segment.words) == segment.text for segment in segments)
    assert all(re.fullmatch(r" [a-z'.-]+", word.text) for word in words)
    assert all(a.end <= b.start + 1e-6 for a, b in itertools.pairwise(words))
    assert all(0.8 <= word.start < word.end <= 1.3 + spoken.duration for word in words)
    assert all(segment.start == segment.words[0].start and segment.end == segment.words[-1].end for segment in segments)
    assert all(0 <= word.probability <= 1 for word in words if word.probability is not None)
    assert all(segment.avg_logprob <= 0 for segment in segments)


@pytest.mark.long
def test_long_audio_comes_in_segments_as_it_is_decoded(sphinx: ASREngine, say: Say) -> None:
    phrase = joined(say(PANGRAM, rate_wpm=160), silence(1.0))
    clip = joined(*[phrase] * 4)
    stop = threading.Event()
    segments = sphinx.transcribe(clip, WORDS, stop).segments
    first = next(segments)
    assert first.end < phrase.duration
    # What follows is not decoded yet: it can still be given up.
    stop.set()
    with pytest.raises(CancelledWorkError):
        list(segments)
    whole = segments_of(sphinx, clip, WORDS)
    assert len(whole) >= 4
    assert all(a.end <= b.start for a, b in itertools.pairwise(whole))
    assert whole[-1].end == pytest.approx(clip.duration - 1.0, abs=0.3)


def test_utterances_are_the_units(sphinx: ASREngine, say: Say) -> None:
    clip = joined(*[joined(say(PANGRAM, rate_wpm=160), silence(1.0))] * 3)
    costs: list[float] = []
    list(sphinx.transcribe(clip, WORDS, threading.Event(), costs.append).segments)
    assert len(costs) >= 2
    assert max(costs) <= 10
    assert sum(costs) == pytest.approx(clip.duration)
    assert sphinx.capabilities.cost_s(3.0) == 3.0


def test_an_utterance_sounds_the_same_after_any_other(sphinx: ASREngine, say: Say) -> None:
    clip, other = say(PANGRAM, rate_wpm=160), say("good morning everybody", pitch=90)
    quiet = AudioClip(other.samples * np.float32(0.05), RATE)
    before = segments_of(sphinx, clip, WORDS)
    for _ in range(2):  # both decoders of the pool
        segments_of(sphinx, quiet)
    assert [segments_of(sphinx, clip, WORDS) for _ in range(2)] == [before] * 2


def test_translation_is_the_transcript(sphinx: ASREngine, say: Say) -> None:
    clip = say(PANGRAM, rate_wpm=160)
    assert text_of(sphinx, clip, RecognitionRequest(task=Task.TRANSLATE)) == text_of(sphinx, clip)


def test_other_languages_are_refused(sphinx: ASREngine) -> None:
    with pytest.raises(UnsupportedError, match="English only, not german") as raised:
        sphinx.transcribe(silence(1.0), RecognitionRequest(language="de"), threading.Event())
    assert raised.value.param == "language"
    for language in ("en", None):
        recognition = sphinx.transcribe(silence(1.0), RecognitionRequest(language=language), threading.Event())
        assert (recognition.language.code, recognition.language.probability) == ("en", 1.0)


def test_nothing_is_written_to_the_console() -> None:
    script = (
        "import threading, numpy as np\n"
        "from voice_stack.serving.engine import EngineConfig, EngineOptions\n"
        "from voice_stack.asr.engines.pocketsphinx.engine import PocketsphinxEngine\n"
        "from voice_stack.asr.types import RecognitionRequest\n"
        "from voice_stack.audio.clip import AudioClip\n"
        "engine = PocketsphinxEngine(EngineConfig(EngineOptions(), model='en-us'))\n"
        "noise = (np.random.default_rng(0).standard_normal(16000) * 0.1).astype(np.float32)\n"
        "for samples in (noise, noise[:3000], noise * 0):\n"
        "    list(engine.transcribe(AudioClip(samples, 16000), RecognitionRequest(), threading.Event()).segments)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""
