"""Speech that goes on in another process, to the very same bytes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import CancelledWorkError
from voice_stack.core.settings import load_settings
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.serving.attempt import Record
from voice_stack.serving.work import Ask
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.captions import Timestamps
from voice_stack.tts.speaking.run import SpeechOptions

TEXT = " ".join(f"Sentence {word} is about a quick brown fox." for word in ("one", "two", "three", "four") * 2)


class Attempt:
    """An attempt that is stopped after so many new records, as a process that is killed would be."""

    def __init__(self, folder: Path, last_after: int | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.stop = threading.Event()
        self.told: list[tuple[float, float | None]] = []
        self.new = 0
        self._last_after = last_after
        self._log = Checkpoints(folder)

    @property
    def checkpoints(self) -> "Attempt":
        return self

    @property
    def records(self) -> list[Record]:
        return self._log.records

    def payload(self, number: int) -> bytes:
        return self._log.payload(number)

    def append(self, record: Record, payload: bytes = b"") -> None:
        self._log.append(record, payload)
        self.new += 1
        if self.new == self._last_after:
            raise CancelledWorkError("The process is gone.")

    def progress(self, done_s: float, total_s: float | None = None) -> None:
        self.told.append((done_s, total_s))


@pytest.fixture
def service(tmp_path: Path) -> SpeechService:
    folders = {"tts_voices_dir": tmp_path / "voices", "tts_lexicon_dir": tmp_path / "lexicon"}
    return SpeechService(load_settings(TtsSettings, tts_engine="tone", **folders))


def speak(service: SpeechService, attempt: Attempt | None, text: str = TEXT, **fields: Any) -> bytes:
    values: dict[str, Any] = {"text": text, "voice": "alloy", "model": "tts-1", **fields}
    ask = Ask() if attempt is None else Ask(attempt.stop, attempt=attempt)
    with service.start(SpeechOptions(**values), ask) as run:
        return b"".join(run)


@pytest.mark.parametrize("fields", [{"audio_format": AudioFormat.MP3}, {"audio_format": AudioFormat.PCM, "speed": 1.3}])
def test_wherever_it_ends_it_goes_on_to_the_same_bytes(
    service: SpeechService, tmp_path: Path, fields: dict[str, Any]
) -> None:
    alone = speak(service, None, **fields)
    whole = Attempt(tmp_path / "whole")
    assert speak(service, whole, **fields) == alone
    assert whole.new >= 4
    done = [seconds for seconds, _ in whole.told]
    assert done == sorted(done)
    assert whole.told[-1][0] == whole.told[-1][1]
    for last in range(1, whole.new + 1):
        with pytest.raises(CancelledWorkError):
            speak(service, Attempt(tmp_path / str(last), last), **fields)
        second = Attempt(tmp_path / str(last))
        assert speak(service, second, **fields) == alone, last
        assert second.new == whole.new - last, "a unit that was spoken is spoken again"


def test_a_plan_that_has_changed_begins_anew(service: SpeechService, tmp_path: Path) -> None:
    with pytest.raises(CancelledWorkError):
        speak(service, Attempt(tmp_path / "job", 3))
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "en.yaml").write_text("fox: quick brown animal\n")
    again = Attempt(tmp_path / "job")
    assert speak(service, again) == speak(service, None)
    assert again.new >= 4


def test_a_pause_and_nothing_to_say_need_no_unit(service: SpeechService, tmp_path: Path) -> None:
    text = "[pause:0.5s] 🙂"
    assert speak(service, Attempt(tmp_path / "job"), text) == speak(service, None, text)


def test_a_job_keeps_its_first_sentence_whole_where_others_get_it_in_parts(tmp_path: Path, tiny_kokoro: Path) -> None:
    text = "Researchers at the university have found that people who walk for half an hour every day sleep better."
    options = SpeechOptions(text, "af_heart", "tts-1", language="en", audio_format=AudioFormat.WAV)
    with SpeechService(load_settings(TtsSettings, tts_engine="kokoro", tts_kokoro_model=str(tiny_kokoro))) as service:
        with service.start(options) as waited_for:
            assert not waited_for.start.whole
        with service.start(options, Ask(attempt=Attempt(tmp_path / "job"))) as job:
            assert job.start.whole


def test_words_of_what_was_spoken_before_have_their_times(tmp_path: Path) -> None:
    asked = SpeechOptions(TEXT, "alloy", "tts-1", language="en", timestamps=Timestamps.WORD)
    with SpeechService(load_settings(TtsSettings, tts_engine="espeak")) as service:
        with pytest.raises(CancelledWorkError):
            _words(service, asked, Attempt(tmp_path / "job", last_after=5))
        again = Attempt(tmp_path / "job")
        words = _words(service, asked, again)
    assert again.new < 8
    assert words == TEXT.split()


def _words(service: SpeechService, asked: SpeechOptions, attempt: Attempt) -> list[str]:
    with service.start(asked, Ask(attempt.stop, attempt=attempt)) as run:
        for _ in run:
            pass
        assert run.captions is not None
        return [word.text for caption in run.captions.sentences for word in caption.words or ()]
