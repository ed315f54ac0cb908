"""Speech of an engine that goes wrong on purpose: spoken again, trimmed, or accepted with a warning."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.faulty.engine import FaultyEngine
from tests.tts.speaking.test_checkpoints import Attempt
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.recogniser import Heard, HeardWord
from voice_stack.core.errors import CancelledWorkError, ServiceUnavailableError
from voice_stack.core.settings import load_settings
from voice_stack.serving.registry import BUILT_IN, Registry
from voice_stack.serving.spec import Kind
from voice_stack.serving.work import Ask
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.checking.report import CheckReport, Outcome
from voice_stack.tts.speaking.run import SpeechOptions, SpeechRun

ENGINES = Registry(
    {**BUILT_IN, Kind.SPEECH: (*BUILT_IN[Kind.SPEECH], "tests.faulty:ENGINE", "tests.faulty:STREAM")}, None
)
ONE = "Please leave your bags at the entrance of the building."
TWO = "Please leave your bags at the entrance. Nobody knew why the lights had gone out so suddenly."


class Listener:
    """A recogniser that hears what it is told to, or cannot."""

    def __init__(self, *heard: str | None, is_slow: bool = False) -> None:
        self.heard = list(heard)
        self.late = threading.Event()
        self._is_slow = is_slow

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        text = self.heard.pop(0)
        if self._is_slow and text is None:
            self.late.wait(30)
        if text is None:
            raise ServiceUnavailableError("Nobody listens.")
        return Heard(text, language or "", "scripted")

    def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
        return ()


@contextmanager
def service(
    tmp_path: Path, engine: str = "faulty", *, listener: Listener | None = None, **more: object
) -> Iterator[SpeechService]:
    settings = load_settings(
        TtsSettings,
        tts_engine=engine,
        tts_fallback_engines="",
        tts_voices_dir=tmp_path / "voices",
        tts_lexicon_dir=tmp_path / "lexicon",
        **more,
    )
    with SpeechService(settings, registry=ENGINES, recogniser=listener) as made:
        yield made


def options(text: str = TWO) -> SpeechOptions:
    return SpeechOptions(text, "alloy", "tts-1", audio_format=AudioFormat.PCM)


def engine_of(service: SpeechService) -> FaultyEngine:
    with service.host.lease("tts-1", patient=True) as leased:
        return cast(FaultyEngine, leased.engine)


def finished(run: SpeechRun) -> tuple[float, CheckReport]:
    """Seconds of the speech, and its checks."""
    seconds = len(b"".join(run)) / 48_000
    return seconds, run.report.checks


def spoken(service: SpeechService, text: str = TWO, ask: Ask | None = None) -> tuple[float, CheckReport]:
    with service.start(options(text), ask) as run:
        return finished(run)


@pytest.fixture(scope="module")
def clean_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds of the two sentences without a fault."""
    with service(tmp_path_factory.mktemp("clean")) as made:
        seconds, checks = spoken(made)
    assert checks.outcomes == {Outcome.PASSED: checks.checked}
    assert checks.summary == "passed"
    return seconds


@pytest.mark.parametrize("wrong", ["silence", "loop", "clipped", "fast"])
def test_another_attempt_heals(tmp_path: Path, clean_s: float, wrong: str) -> None:
    with service(tmp_path, tts_faulty_wrong=wrong, tts_verify_first_ms="10000") as made:
        seconds, checks = spoken(made)
        attempts = [utterance.attempt for utterance in engine_of(made).spoken]
    assert checks.outcomes[Outcome.RETRIED] == checks.checked == len(attempts) / 2
    assert attempts == [0, 1] * checks.checked
    assert checks.retries == checks.checked
    assert not checks.faults
    assert seconds == pytest.approx(clean_s, abs=0.3)


def test_what_always_fails_is_accepted_with_a_warning_without_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "voice_stack.tts"):
        with service(tmp_path, tts_faulty_wrong="gap", tts_faulty_attempts="9") as made:
            _, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
            attempts = [utterance.attempt for utterance in engine_of(made).spoken]
    assert attempts == [0, 1, 2]
    assert checks.outcomes == {Outcome.ACCEPTED: 1}
    assert set(checks.faults) == {"gap"}
    assert checks.summary == "accepted 1 of 1: gap"
    (record,) = [record for record in caplog.records if "accepted" in record.message]
    assert record.message == "a sentence is accepted with gap after attempts: 3"
    assert "bags" not in caplog.text


def test_the_best_of_the_attempts_is_taken(tmp_path: Path) -> None:
    """Two of three are silent; the other has a gap, which is less."""
    with service(tmp_path, tts_faulty_wrong="gap", tts_faulty_attempts="9", tts_verify_retries="1") as made:
        engine = engine_of(made)
        speak = engine.synthesize

        def synthesize(utterance: object, stop: threading.Event) -> Iterator[AudioClip]:
            clips = list(speak(utterance, stop))  # type: ignore[arg-type]
            return iter(clips if len(engine.spoken) % 2 else [AudioClip(np.zeros(9_000, np.float32), 22_050)])

        engine.synthesize = synthesize  # type: ignore[method-assign]
        seconds, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
    assert checks.faults == {"gap": 1}
    assert checks.found == {"gap": 1, "silent": 1}
    assert seconds > 3


def test_noise_after_the_sentence_is_cut_off(tmp_path: Path) -> None:
    more: dict[str, Any] = {"tts_faulty_attempts": "9", "tts_verify_retries": "0", "tts_faulty_seed": "3"}
    with service(tmp_path, **more) as made:
        clean_s, _ = spoken(made, ONE)
    with service(tmp_path, tts_faulty_wrong="noise", **more) as made:
        seconds, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
    assert "noise" in checks.found
    assert checks.outcomes == {Outcome.TRIMMED: 1}
    assert seconds == pytest.approx(clean_s, abs=0.15)


def test_the_first_sound_of_a_stream_waits_for_no_check(tmp_path: Path) -> None:
    with service(tmp_path, "faulty-stream", tts_verify_first_ms="600") as made:
        engine = engine_of(made)
        with made.start(options()) as run:
            pieces = iter(run)
            next(pieces)
            assert engine.given <= 2, "the first piece leaves before the third is computed"
            given = engine.given
            next(pieces)
            assert engine.given > given + 1, "what follows is held back by some"
            assert len(engine.spoken) == 1
            for _ in pieces:
                pass
            assert run.report.checks.summary == "passed"


@pytest.mark.parametrize("engine", ["faulty-stream", "faulty"])
def test_speech_that_goes_on_and_on_is_not_waited_for(tmp_path: Path, engine: str) -> None:
    with service(tmp_path, engine, tts_verify_retries="0") as made:
        speaking = engine_of(made)
        speak = speaking.synthesize

        def synthesize(utterance: object, stop: threading.Event) -> Iterator[AudioClip]:
            while True:
                yield from speak(utterance, stop)  # type: ignore[arg-type]

        speaking.synthesize = synthesize  # type: ignore[method-assign]
        seconds, checks = spoken(made, ONE)
    assert len(speaking.spoken) < 6 * checks.checked
    assert seconds < 10
    assert checks.outcomes[Outcome.ACCEPTED] == checks.checked


def test_a_stream_of_silence_is_spoken_again_before_anything_leaves(tmp_path: Path, clean_s: float) -> None:
    with service(tmp_path, "faulty-stream", tts_faulty_wrong="silence", tts_verify_first_ms="10000") as made:
        seconds, checks = spoken(made)
    assert checks.outcomes == {Outcome.RETRIED: checks.checked}
    assert seconds == pytest.approx(clean_s, abs=0.4)


def test_a_first_sentence_gets_no_attempt_for_which_there_is_no_time(tmp_path: Path) -> None:
    with service(tmp_path, tts_faulty_wrong="silence", tts_verify_first_ms="0") as made:
        _, checks = spoken(made)
        attempts = [utterance.attempt for utterance in engine_of(made).spoken]
    assert attempts == [0] + [0, 1] * (checks.checked - 1)
    assert checks.outcomes[Outcome.ACCEPTED] == 1


def test_engines_that_are_no_networks_and_a_service_that_is_told_not_to_are_left_alone(tmp_path: Path) -> None:
    with service(tmp_path, "espeak") as made:
        assert spoken(made)[1] == CheckReport()
    with service(tmp_path, tts_faulty_wrong="silence", tts_verify="off") as made:
        assert spoken(made)[1] == CheckReport()


def test_a_job_goes_on_with_what_was_checked(tmp_path: Path) -> None:
    with service(tmp_path, tts_faulty_wrong="silence", tts_chunk_chars="40") as made:
        engine = engine_of(made)
        with pytest.raises(CancelledWorkError):
            spoken(made, TWO, Ask(attempt=Attempt(tmp_path / "job", last_after=2)))
        before = len(engine.spoken)
        again, checks = spoken(made, TWO, Ask(attempt=Attempt(tmp_path / "job")))
        assert len(engine.spoken) - before == 2, "the other unit, and once more"
        whole, _ = spoken(made, TWO, Ask(attempt=Attempt(tmp_path / "other")))
    assert checks.outcomes == {Outcome.RETRIED: 1}
    assert again == pytest.approx(whole, abs=0.05)


def test_cancelling_ends_it_before_the_next_attempt(tmp_path: Path) -> None:
    stop = threading.Event()
    with service(tmp_path, tts_faulty_wrong="silence", tts_faulty_attempts="9") as made:
        engine = engine_of(made)
        speak = engine.synthesize

        def synthesize(utterance: object, given: threading.Event) -> Iterator[AudioClip]:
            yield from speak(utterance, given)  # type: ignore[arg-type]
            stop.set()

        engine.synthesize = synthesize  # type: ignore[method-assign, assignment]
        with pytest.raises(CancelledWorkError):
            spoken(made, ONE, Ask(stop))
        assert len(engine.spoken) == 1


def test_what_was_read_back_wrongly_is_spoken_again(tmp_path: Path) -> None:
    listener = Listener(*["Please leave at the entrance of the building."] * 2, ONE)
    with service(tmp_path, listener=listener, tts_verify="asr") as made:
        _, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
    assert checks.found == {"missing": 1}
    assert checks.outcomes == {Outcome.RETRIED: 1}


def test_what_is_misheard_once_is_no_fault(tmp_path: Path) -> None:
    listener = Listener("Please leave at the entrance of the building.", ONE)
    with service(tmp_path, listener=listener, tts_verify="asr") as made:
        _, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
    assert checks.outcomes == {Outcome.PASSED: 1}


def test_without_a_listener_the_sound_alone_is_checked(tmp_path: Path) -> None:
    with service(tmp_path, listener=Listener(None), tts_verify="asr") as made:
        _, checks = spoken(made, ONE, Ask(attempt=Attempt(tmp_path / "job")))
    assert checks.outcomes == {Outcome.PASSED: 1}
    assert checks.unheard == 1


def test_a_first_sentence_does_not_wait_for_a_listener_that_is_slow(tmp_path: Path) -> None:
    listener = Listener(None, "Nobody knew why the lights had gone out so suddenly.", is_slow=True)
    with service(tmp_path, "faulty-stream", listener=listener, tts_verify="asr", tts_verify_first_ms="1") as made:
        _, checks = spoken(made)
        assert not listener.late.is_set()
        listener.late.set()
    assert checks.outcomes == {Outcome.PASSED: 2}
    assert checks.unheard == 1
