"""A transcription that goes on in another process: what each engine remembers, and what the run does with it."""

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_whisper.exact import EXACT, render
from voice_stack.asr.recognition.known_text import known_text
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest, Transcript
from voice_stack.audio.clip import to_s16le
from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import CancelledWorkError, TextMismatchError
from voice_stack.core.settings import load_settings
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.serving.attempt import Record
from voice_stack.serving.work import Ask

RATE = 16_000


class Attempt:
    """An attempt that is stopped after so many new records, as a process that is killed would be."""

    def __init__(self, folder: Path, last_after: int | None = None) -> None:
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


@pytest.fixture(scope="module")
def pcm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty seconds with lines and silences."""
    line = render(EXACT["en-sentence-3"]).samples
    track = np.zeros(80 * RATE, np.float32)
    for second in (1, 7, 20, 33, 41, 52, 66, 73):
        track[second * RATE : second * RATE + len(line)] = line
    path = tmp_path_factory.mktemp("pcm") / "lines.pcm"
    path.write_bytes(to_s16le(track))
    return path


ENGINES: dict[str, dict[str, object]] = {
    "window by window": {},
    "batches": {"asr_batch_size": 2},
    "openai-whisper": {"asr_engine": "whisper"},
    "pocketsphinx": {"asr_engine": "pocketsphinx"},
    "pieces": {"asr_chunk_s": 30.0},
}


# Pocketsphinx takes a third of the length again and again.
@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.long) if name == "pocketsphinx" else name for name in ENGINES]
)
def service(request: pytest.FixtureRequest, tiny_ct2: Path) -> Iterator[TranscriptionService]:
    settings = ENGINES[request.param]
    model = tiny_ct2
    if request.param == "openai-whisper":
        if importlib.util.find_spec("whisper") is None:
            pytest.skip("needs the extra `whisper`")
        model = request.getfixturevalue("tiny_pt")
    usual = {"asr_model": str(model), "asr_fallback_engines": (), "asr_temperature": (0.0,)}
    with TranscriptionService(load_settings(AsrSettings, **{**usual, **settings})) as service:
        yield service


def shortened(pcm: Path, path: Path) -> Path:
    path.write_bytes(pcm.read_bytes()[: 2 * RATE * 36])
    return path


def transcribe(service: TranscriptionService, pcm: Path, attempt: Attempt | None, *, words: bool) -> Transcript:
    options = TranscriptionOptions(RecognitionRequest(word_timestamps=words), raw=RawPcm())
    with pcm.open("rb") as file, service.start(file, options, Ask(attempt=attempt)) as run:
        assert list(run) == list(run.transcript.segments), "what was finished before comes first"
        return run.transcript


@pytest.mark.parametrize("ends", ["some", pytest.param("all", marks=pytest.mark.long)])
@pytest.mark.parametrize("words", [False, True], ids=["plain", "words"])
def test_wherever_it_ends_it_goes_on_to_the_same_transcript(
    service: TranscriptionService, pcm: Path, tmp_path: Path, words: bool, ends: str
) -> None:
    # The test's own model is quick in faster-whisper only.
    quick = service.settings.host.engine == "faster-whisper"
    if not quick:
        if not words:
            pytest.skip("words are the harder half")
        pcm = shortened(pcm, tmp_path / "short.pcm")
    alone = transcribe(service, pcm, None, words=words)
    assert alone.segments
    whole = Attempt(tmp_path)
    assert transcribe(service, pcm, whole, words=words) == alone
    assert whole.told[-1] == (alone.duration, alone.duration)
    assert whole.new >= 4
    some = (1, whole.new // 2, whole.new) if quick else (whole.new // 2,)
    for last in some if ends == "some" else range(1, whole.new + 1):
        folder = tmp_path / str(last)
        folder.mkdir()
        with pytest.raises(CancelledWorkError):
            transcribe(service, pcm, Attempt(folder, last), words=words)
        second = Attempt(folder)
        assert transcribe(service, pcm, second, words=words) == alone, last
        assert second.new == whole.new - last, "a unit that was finished is done again"


def test_work_of_other_settings_is_not_gone_on_with(tiny_ct2: Path, pcm: Path, tmp_path: Path) -> None:
    usual = {"asr_model": str(tiny_ct2), "asr_fallback_engines": (), "asr_temperature": (0.0,)}
    with TranscriptionService(load_settings(AsrSettings, **usual)) as service, pytest.raises(CancelledWorkError):
        transcribe(service, pcm, Attempt(tmp_path, 3), words=False)
    with TranscriptionService(load_settings(AsrSettings, **usual, asr_vad_enabled=False)) as service:
        options = TranscriptionOptions(raw=RawPcm())
        with pcm.open("rb") as file, service.start(file, options) as run:
            list(run)
        with pcm.open("rb") as file, service.start(file, options, Ask(attempt=Attempt(tmp_path))) as again:
            list(again)
        assert again.transcript == run.transcript


def test_only_what_shapes_a_transcript_makes_it_another_work(tiny_ct2: Path) -> None:
    def context(**settings: object) -> str:
        usual = {"asr_model": str(tiny_ct2)}
        return TranscriptionService(load_settings(AsrSettings, **{**usual, **settings})).context(TranscriptionOptions())

    assert context() == context(asr_port=1234, asr_workers=1, log_level="DEBUG", job_workers=2)
    assert len({context(), context(asr_beam_size=1), context(asr_chunk_s=60), context(asr_vad_enabled=False)}) == 4


def align(service: TranscriptionService, pcm: Path, text: str, attempt: Attempt | None) -> Transcript:
    known = known_text(text, "en")
    options = TranscriptionOptions(RecognitionRequest(language="en"), raw=RawPcm(), alignment=known)
    with pcm.open("rb") as file, service.start(file, options, Ask(attempt=attempt)) as run:
        assert list(run) == list(run.transcript.segments)
        return run.transcript


def test_an_alignment_goes_on_behind_the_last_piece(tiny_ct2: Path, tmp_path: Path) -> None:
    usual = {"asr_model": str(tiny_ct2), "asr_fallback_engines": (), "asr_temperature": (0.0,), "asr_chunk_s": 30.0}
    lines = [EXACT["en-sentence-1"], EXACT["en-sentence-2"]] * 3
    track = np.zeros(60 * RATE, np.float32)
    for second, line in zip((1, 11, 20, 32, 41, 52), lines, strict=True):
        sound = render(line).samples
        track[second * RATE : second * RATE + len(sound)] = sound
    pcm, text = tmp_path / "digits.pcm", " ".join(line.text for line in lines)
    pcm.write_bytes(to_s16le(track))
    with TranscriptionService(load_settings(AsrSettings, **usual)) as service:
        alone = align(service, pcm, text, None)
        assert [word for segment in alone.segments for word in segment.text.split()] == text.split()
        whole = Attempt(tmp_path)
        assert align(service, pcm, text, whole) == alone
        pieces = sum("piece" in record for record in whole.records)
        assert pieces >= 2
        for last in {1, whole.new}:
            folder = tmp_path / str(last)
            folder.mkdir()
            with pytest.raises(CancelledWorkError):
                align(service, pcm, text, Attempt(folder, last))
            again = Attempt(folder)
            assert align(service, pcm, text, again) == alone, last
            assert again.new == whole.new - last, "what was finished is done again"
        strange = Attempt(tmp_path)
        with pytest.raises(TextMismatchError):
            align(service, pcm, "Something else is said here, and nobody has ever heard of it before. " * 8, strange)
        assert strange.new >= 1, "another text begins anew"
