"""espeak-ng as the service uses it: what it says is measured."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import children as processes
from tests.tiny_whisper.audio import resample
from tests.tiny_whisper.evaluate import edits
from voice_stack.asr.engines.pocketsphinx.engine import PocketsphinxEngine
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    InvalidRequestError,
    ProcessLostError,
    VoiceNotFoundError,
)
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.espeak import ENGINE
from voice_stack.tts.engines.espeak.engine import EspeakEngine
from voice_stack.tts.engines.espeak.process import EspeakProcess
from voice_stack.tts.types import Utterance, VoiceReference

CONFIG = EngineConfig(EngineOptions())
RATE = 22_050
PANGRAM = "The quick brown fox jumps over the lazy dog."
LONG = " ".join([PANGRAM] * 100)
# Ends espeak-ng 1.52 with a segmentation fault.
DEADLY = "\u29da-\u0130"


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    engine = ENGINE.build(CONFIG)
    assert isinstance(engine, EspeakEngine)
    yield engine
    engine.close()


def clips(
    engine: EspeakEngine,
    text: str,
    voice: str = "default",
    language: str = "en",
    speed: float = 1.0,
    stop: threading.Event | None = None,
) -> Generator[AudioClip, None, None]:
    """What comes of a text. Close it where a test may end before it does: the next would wait for ever."""
    utterance = Utterance((Pronounced(text),), language, voice, speed)
    spoken = engine.synthesize(utterance, stop or threading.Event())
    assert isinstance(spoken, Generator)
    return spoken


def say(engine: EspeakEngine, text: str, voice: str = "default", language: str = "en", speed: float = 1.0) -> AudioClip:
    spoken = [clip.samples for clip in clips(engine, text, voice, language, speed)]
    return AudioClip(np.concatenate([np.zeros(0, np.float32), *spoken]), engine.capabilities.sample_rate)


def frames(clip: AudioClip, seconds: float = 0.04) -> Samples:
    """(n, time) of the loud stretches."""
    size = round(seconds * clip.sample_rate)
    cut = clip.samples[: len(clip.samples) // size * size].reshape(-1, size)
    level = np.sqrt(np.mean(cut**2, axis=1))
    loud: Samples = cut[level > 0.3 * level.max()]
    return loud


def pitch(clip: AudioClip) -> tuple[float, float]:
    """Median pitch in Hz of the voiced stretches, and how large a part of the loud ones they are."""
    found = []
    loud = frames(clip)
    for frame in loud:
        spectrum = np.fft.rfft(frame - frame.mean(), 2 * len(frame))
        similarity = np.fft.irfft(np.abs(spectrum) ** 2)[: len(frame)]
        shortest, longest = clip.sample_rate // 400, clip.sample_rate // 60
        lag = shortest + int(np.argmax(similarity[shortest:longest]))
        if similarity[lag] > 0.5 * similarity[0]:
            found.append(clip.sample_rate / lag)
    return float(np.median(found)), len(found) / len(loud)


def spectrum(clip: AudioClip) -> Samples:
    """Mean level in dB of 20 bands up to 8 kHz."""
    power = np.mean(np.abs(np.fft.rfft(frames(clip) * np.hanning(882))) ** 2, axis=0)[:320]
    return np.asarray(10 * np.log10(power.reshape(20, 16).mean(axis=1) + 1e-9), np.float32)


def test_it_speaks(engine: EspeakEngine) -> None:
    clip = say(engine, PANGRAM)
    assert clip.sample_rate == RATE
    assert clip.samples.dtype == np.float32
    assert 2.0 < clip.duration < 3.5
    assert 0.1 < np.abs(clip.samples).max() < 0.7
    assert 0.02 < np.sqrt(np.mean(clip.samples**2)) < 0.2
    hertz, voiced = pitch(clip)
    assert 70 < hertz < 160
    assert voiced > 0.7
    low, high = np.array_split(spectrum(clip), [14])
    assert low.mean() > high.mean() + 10  # 0 to 5.5 kHz: a voice, not noise


def test_it_says_what_it_can(engine: EspeakEngine) -> None:
    assert EspeakEngine.obstacle(CONFIG) is None
    assert EspeakEngine.is_downloaded(CONFIG)
    assert engine.capabilities.languages == EspeakEngine.languages(CONFIG)
    assert not engine.capabilities.phonemes
    assert EspeakEngine.voices(CONFIG)[0].id == "default"
    assert EspeakEngine.knows_voice(CONFIG, "de+f3")
    assert not EspeakEngine.knows_voice(CONFIG, "nobody")


def test_it_streams_while_it_speaks(engine: EspeakEngine) -> None:
    with contextlib.closing(clips(engine, LONG)) as spoken:
        assert 0 < next(spoken).duration < 2
        assert sum(clip.duration for clip in spoken) > 200


def test_no_voice_clips_or_is_silent(engine: EspeakEngine) -> None:
    text = "Papa, OOO aaa! Hello there, zwei uno dos. 你好"
    for voice in EspeakEngine.voices(CONFIG):
        clip = say(engine, text, voice.id, voice.languages[0] if voice.languages else "en")
        peak = np.abs(clip.samples).max()
        assert 0.03 < peak < 0.95, voice.id
        assert clip.duration > 1.5, voice.id


def test_languages_sound_different(engine: EspeakEngine) -> None:
    text = "Guten Morgen, die Sonne scheint schon lange."
    german, again, english = (say(engine, text, language=language) for language in ("de", "de", "en"))
    assert german.duration == pytest.approx(again.duration, rel=0.01)
    same = np.abs(spectrum(german) - spectrum(again)).mean()
    other = np.abs(spectrum(german) - spectrum(english)).mean()
    assert other > max(1.0, 3 * same)


def test_a_language_voice_decides_the_variety_but_not_the_language(engine: EspeakEngine) -> None:
    text = "I can't dance at the party after the bath, mother."
    american, british, mismatched = (say(engine, text, voice) for voice in ("en-us", "en-gb", "de"))
    assert np.abs(spectrum(american) - spectrum(british)).mean() > 1.0
    assert mismatched.duration == pytest.approx(american.duration, rel=0.01)
    assert np.abs(spectrum(american) - spectrum(mismatched)).mean() < 1.0


@pytest.mark.parametrize("language", ["en", "de", "hi"])
def test_female_variants_are_higher_than_male_ones(engine: EspeakEngine, language: str) -> None:
    text = "नमस्ते, आप कैसे हैं?" if language == "hi" else "Hello, how are you today, my old friend?"
    female = [pitch(say(engine, text, voice, language))[0] for voice in ("f1", "f2", "f3", "f4", "f5")]
    male = [pitch(say(engine, text, voice, language))[0] for voice in ("m1", "m3", "m4", "m7", "m8")]
    assert min(female) > 1.2 * max(male)


def test_a_variant_is_forgotten_with_its_utterance(engine: EspeakEngine) -> None:
    before = pitch(say(engine, PANGRAM))[0]
    high = pitch(say(engine, PANGRAM, "f3"))[0]
    assert pitch(say(engine, PANGRAM))[0] == pytest.approx(before, rel=0.05)
    assert high > 1.3 * before


@pytest.mark.parametrize(
    ("language", "text", "tolerance"),
    [
        ("en", PANGRAM + " This sentence is here, to measure how long it takes.", 0.05),
        ("de", "Guten Morgen, heute ist ein schöner Tag, und wir gehen spazieren.", 0.1),
        ("fr", "Bonjour tout le monde, il fait beau aujourd'hui.", 0.1),
        ("ru", "Привет, мир! Это проверка громкости голоса.", 0.1),
        ("zh", "你好，世界。我们今天去看电影。", 0.1),
        ("ja", "こんにちは、せかい。これはテストです。", 0.1),
    ],
)
def test_duration_follows_speed(engine: EspeakEngine, language: str, text: str, tolerance: float) -> None:
    slowest, fastest = engine.capabilities.speed
    natural = say(engine, text, language=language).duration
    for speed in (slowest, 0.75, 1.25, fastest):
        measured = natural / say(engine, text, language=language, speed=speed).duration
        assert measured == pytest.approx(speed, rel=tolerance), speed


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\x00", "\ud800", "...", "?!", "\u202e\u200b", "\x01\x02\x1b"])
def test_nothing_to_say_is_no_sound_and_no_error(engine: EspeakEngine, text: str) -> None:
    clip = say(engine, text)
    assert clip.duration < 0.1
    assert not np.any(np.abs(clip.samples) > 0.001)


def test_a_nul_or_a_lone_surrogate_does_not_end_the_text(engine: EspeakEngine) -> None:
    whole = say(engine, "good morning everybody").duration
    for mark in ("\x00", "\ud800", "\x01", "\x1b"):
        assert say(engine, f"good {mark} morning{mark} everybody").duration == pytest.approx(whole, rel=0.05)


@pytest.mark.parametrize(
    ("marked", "command"),
    [
        ("one [[h@l'oU]] two", "one hello two"),  # phonemes
        ("one <break time='5s'/> two", "one two"),
        ("one &lt; two", "one < two"),
        ("one \x0110S two three four", "one two three four"),  # an embedded command: slowly
    ],
)
def test_markup_in_the_text_is_no_command(engine: EspeakEngine, marked: str, command: str) -> None:
    # It is read out sign by sign instead, which takes other time than the command; no pause of 5 s either.
    said = say(engine, marked).duration
    assert said > 1.1 * say(engine, command).duration
    assert said < 6


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("😀" * 4096, "en"),
        ("中文字" * 100, "en"),
        ("שלום עולם " * 20, "he"),
        ("\u202eمرحبا بالعالم " * 20, "ar"),
        ("a" * 2000, "en"),
        ("9" * 400, "de"),
        ("🧑‍🚀🏳️‍🌈 \uffff\U0010ffff\ue000 x", "en"),
    ],
    ids=["emoji", "han", "hebrew", "arabic", "one word", "digits", "odd"],
)
def test_odd_text_is_spoken(engine: EspeakEngine, text: str, language: str) -> None:
    assert say(engine, text, language=language).duration > 0.2
    assert say(engine, PANGRAM).duration > 2


def test_unknown_voices_and_languages_are_the_client_s_fault(engine: EspeakEngine) -> None:
    reference = VoiceReference("anna", "0" * 64, ())
    with pytest.raises(VoiceNotFoundError):
        next(clips(engine, "Hello", "nobody"))
    with pytest.raises(VoiceNotFoundError):
        next(engine.synthesize(Utterance((Pronounced("Hello"),), "en", reference), threading.Event()))
    with pytest.raises(InvalidRequestError) as told:
        next(clips(engine, "Hello", language="tlh"))
    assert told.value.param == "language"


def test_eight_threads_get_what_each_gets_alone(engine: EspeakEngine) -> None:
    sayings = [(" ".join([PANGRAM] * (n % 4 + 1)), f"{'f' if n % 2 else 'm'}{n % 4 + 1}") for n in range(8)]
    alone = [say(engine, text, voice) for text, voice in sayings]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            together = list(threads.map(lambda saying: say(engine, *saying), sayings))
            for one, other in zip(alone, together, strict=True):
                assert other.duration == pytest.approx(one.duration, rel=0.01)
                assert pitch(other)[0] == pytest.approx(pitch(one)[0], rel=0.1)


def test_several_utterances_at_once_where_configured() -> None:
    engine = EspeakEngine(EngineConfig(EngineOptions(), workers=2))
    try:
        assert engine.capabilities.concurrency == 2
        with contextlib.closing(clips(engine, LONG)) as first, contextlib.closing(clips(engine, LONG)) as second:
            pairs = list(zip(first, second, strict=False))
        assert len(pairs) > 100
        assert all(one.duration > 0 and other.duration > 0 for one, other in pairs)
    finally:
        engine.close()


def test_stop_ends_an_utterance_and_one_that_waits_for_its_turn(engine: EspeakEngine) -> None:
    stop = threading.Event()
    with contextlib.closing(clips(engine, LONG, stop=stop)) as spoken, ThreadPoolExecutor(1) as thread:
        next(spoken)
        waiting = thread.submit(list, clips(engine, PANGRAM, stop=stop))
        stop.set()
        with pytest.raises(CancelledWorkError):
            waiting.result(30)
        with pytest.raises(CancelledWorkError):
            list(spoken)
    assert say(engine, PANGRAM).duration > 2


def test_a_hundred_listeners_that_leave_harm_nobody(engine: EspeakEngine) -> None:
    for _ in range(100):
        spoken = clips(engine, LONG)
        next(spoken)
        spoken.close()
    assert 2 < say(engine, PANGRAM).duration < 3.5


def test_a_text_that_crashes_the_library_costs_that_utterance_only(engine: EspeakEngine) -> None:
    with contextlib.suppress(EngineError):  # a mended espeak-ng may speak it
        say(engine, DEADLY, "vi-vn-x-central", "vi")
    assert 2 < say(engine, PANGRAM).duration < 3.5


def children() -> set[int]:
    """The processes of espeak-ng that this one has."""
    found = set()
    for pid in processes():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if b"espeak/library.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_process_is_replaced_and_none_is_left_behind(number: signal.Signals) -> None:
    before = children()
    threads = threading.active_count()
    engine = EspeakEngine(CONFIG)
    try:
        (first,) = children() - before
        os.kill(first, number)
        # It may be noticed before an utterance or in it.
        assert say(engine, PANGRAM).duration > 2
        assert len(children() - before) == 1
    finally:
        engine.close()
    assert children() == before
    assert threading.active_count() == threads


def test_processes_that_are_always_lost_are_an_error_and_the_place_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = EspeakEngine(CONFIG)
    before = children()

    def killed(self: EspeakProcess, *_: object) -> Iterator[bytes]:
        os.kill(self.pid, signal.SIGKILL)
        return speak(self, "gmw/en-US", PANGRAM, 175, threading.Event())

    speak = EspeakProcess.speak
    try:
        with monkeypatch.context() as patch:
            patch.setattr(EspeakProcess, "speak", killed)
            for _ in range(3):
                with pytest.raises(ProcessLostError):
                    say(engine, PANGRAM)
        assert say(engine, PANGRAM).duration > 2
        assert len(children()) == len(before)
    finally:
        engine.close()


def test_it_speaks_beside_the_library_of_other_engines(engine: EspeakEngine) -> None:
    """kokoro loads espeak-ng into the service for its phonemes."""
    code = (
        "import threading, espeakng_loader\n"
        "from phonemizer.backend.espeak.wrapper import EspeakWrapper\n"
        "from phonemizer import phonemize\n"
        "from voice_stack.serving.engine import EngineConfig, EngineOptions\n"
        "from voice_stack.tts.engines.espeak.engine import EspeakEngine\n"
        "from voice_stack.tts.types import Pronounced, Utterance\n"
        "EspeakWrapper.set_library(espeakng_loader.get_library_path())\n"
        "EspeakWrapper.set_data_path(espeakng_loader.get_data_path())\n"
        "engine = EspeakEngine(EngineConfig(EngineOptions()))\n"
        "for _ in range(20):\n"
        "    assert phonemize('hello', language='en-us', backend='espeak').strip() == 'həloʊ'\n"
        "    said = engine.synthesize(Utterance((Pronounced('Guten Tag'),), 'de', 'f3'), threading.Event())\n"
        "    assert sum(clip.duration for clip in said) > 0.5\n"
        "engine.close()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# In every run with Moonshine: `tests/e2e/test_round_trip.py`.
@pytest.mark.long
def test_a_recogniser_understands_some_of_it(engine: EspeakEngine) -> None:
    sphinx = PocketsphinxEngine(CONFIG)
    wrong = words = 0
    try:
        for text in (PANGRAM, "And now the weather report for this evening.", "She said that he was a very good man."):
            spoken = say(engine, text, "en-us", speed=0.9)
            padded = np.pad(resample(spoken.samples, RATE), 4000)
            heard = sphinx.transcribe(AudioClip(padded, 16_000), RecognitionRequest(), threading.Event())
            transcript = "".join(segment.text for segment in heard.segments).split()
            said = re.findall(r"[a-z]+", text.lower())
            wrong += edits(said, transcript)
            words += len(said)
    finally:
        sphinx.close()
    assert wrong / words < 0.6
