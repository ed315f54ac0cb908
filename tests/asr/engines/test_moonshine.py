"""Moonshine: its files, vocabulary, loops, lines and word times; real weights where the install brings them."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recognition_quality.material import decoded, without_speech
from tests.engines.cases import hello
from voice_stack.asr.engines.moonshine.engine import MoonshineEngine
from voice_stack.asr.engines.moonshine.files import models, on_disk
from voice_stack.asr.engines.moonshine.loops import loop_begin, without_echoes
from voice_stack.asr.engines.moonshine.options import Config, MoonshineOptions
from voice_stack.asr.engines.moonshine.speech import SILENCE_S, in_silence
from voice_stack.asr.engines.moonshine.timing import Stretch, found_in, halves, shares, stretches
from voice_stack.asr.engines.moonshine.vocabulary import Vocabulary, read_vocabulary
from voice_stack.asr.engines.pocketsphinx.aligner import WordAligner, spoken_words
from voice_stack.asr.engines.pocketsphinx.spelling import sounds_of
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SpeechSpan
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.cutting.lines import lines


def config(model: str = "", folder: Path = Path("models"), **options: object) -> Config:
    return EngineConfig(MoonshineOptions(**options), model, threads=1, model_dir=folder)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engine() -> MoonshineEngine:
    return MoonshineEngine(config())


def heard(engine: MoonshineEngine, clip: AudioClip, *, words: bool = False) -> list[Segment]:
    request = RecognitionRequest(word_timestamps=words)
    return list(engine.transcribe(clip, request, threading.Event()).segments)


def test_another_language_asks_for_its_licence(tmp_path: Path) -> None:
    japanese = config("moonshine-tiny-ja", tmp_path)
    assert "ASR_MOONSHINE_LICENCE_ACCEPTED" in str(MoonshineEngine.obstacle(japanese))
    assert MoonshineEngine.obstacle(config("moonshine-tiny-ja", tmp_path, licence_accepted=True)) is None
    assert MoonshineEngine.languages(japanese) == {"ja"}
    (entry, *_) = models(japanese)
    assert entry.licence is not None
    assert (entry.installed, entry.licence.non_commercial) == (False, True)


def test_a_folder_is_a_model_by_its_name(tmp_path: Path) -> None:
    found = on_disk(config())
    assert found is not None
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in (found.encoder, found.decoder, found.vocabulary):
        (folder / path.name).symlink_to(path)
    own = config(str(folder), tmp_path)
    assert [entry.id for entry in models(own)][:2] == ["mine", "moonshine-tiny"]
    assert on_disk(own) is not None
    (folder / found.decoder.name).unlink()
    with pytest.raises(EngineUnavailableError, match=r"'mine' is no Moonshine model: it lacks decoder_model_merged"):
        MoonshineEngine(own)


@pytest.mark.parametrize("damaged", ["encoder", "decoder", "vocabulary"])
def test_damaged_files_are_unavailable_and_tell_no_path(tmp_path: Path, damaged: str) -> None:
    found = on_disk(config())
    assert found is not None
    folder = tmp_path / "mine"
    folder.mkdir()
    for part in ("encoder", "decoder", "vocabulary"):
        path: Path = getattr(found, part)
        content = path.read_bytes()
        (folder / path.name).write_bytes(content[: len(content) // 2 + 1] if part == damaged else content)
    with pytest.raises(EngineUnavailableError) as raised:
        MoonshineEngine(config(str(folder), tmp_path))
    assert "mine" in raised.value.message
    assert str(tmp_path) not in raised.value.message


def test_bytes_and_pieces_become_words() -> None:
    pieces = [b"<unk>", b"<s>", b"</s>", "▁Gr".encode(), b"\xc3", b"\xbc", b"n,", "▁ja".encode()]
    vocabulary = Vocabulary(pieces)
    assert vocabulary.text([3, 4, 5, 6, 7]) == "Grün, ja"
    assert vocabulary.words([3, 4, 5, 6, 7]) == [("Grün,", [0, 1, 2, 3]), ("ja", [4])]


def test_a_vocabulary_is_read_in_both_formats(tmp_path: Path) -> None:
    long = "▁" + "x" * 200
    pieces = [piece.encode() for piece in ("<unk>", "<s>", "</s>", "▁one", long)]
    packed = b"".join(
        bytes([len(p)]) + p if len(p) < 128 else bytes([128 + len(p) % 128, len(p) // 128]) + p for p in pieces
    )
    (tmp_path / "tokenizer.bin").write_bytes(packed)
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2, "▁one": 3, long: 4, "<0xC3>": 5, "<0xA4>": 6}
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocab}}))
    assert read_vocabulary(tmp_path / "tokenizer.bin").text([3, 4]) == f"one {'x' * 200}"
    assert read_vocabulary(tmp_path / "tokenizer.json").text([3, 5, 6]) == "oneä"
    (tmp_path / "tokenizer.bin").write_bytes(packed[:-1])
    with pytest.raises(ValueError, match="middle of a piece"):
        read_vocabulary(tmp_path / "tokenizer.bin")


def test_loops_are_seen_and_emphasis_is_none() -> None:
    assert loop_begin([5, 6, 7] * 3) is None
    assert loop_begin([1, 2, *[5, 6, 7, 8] * 3]) == 6
    assert loop_begin([9] * 11) is None
    assert loop_begin([3, *[9] * 12]) == 2
    assert loop_begin(list(range(200))) is None


def test_echoes_of_a_short_word_are_one_word() -> None:
    six = [(word, 0.9) for word in ("Six,", "six,", "six.")]
    assert without_echoes(six, 0.4) == six[:1]
    assert without_echoes(six, 2.0) == six
    assert without_echoes(six[:1], 0.2) == six[:1]


def test_stretches_are_parted_by_long_silences() -> None:
    spans = [SpeechSpan(16_000, 32_000), SpeechSpan(40_000, 48_000), SpeechSpan(96_000, 112_000)]
    first, second = stretches(spans, 16_000, 8.0)
    assert (first.spans, second.spans) == (((1.0, 2.0), (2.5, 3.0)), ((6.0, 7.0),))
    assert first.start < 1.0 < 3.0 < first.end < second.start
    parts = halves(first)
    assert parts is not None
    assert (parts[0].end, parts[1].start) == (2.25, 2.25)
    assert halves(second) is None


def test_lines_end_with_sentences_and_can_be_read() -> None:
    text = "I asked Mr. Smith. He had been there all the time, and nobody, not even he himself, had seen it all happen."
    words = text.split()
    counts = lines(words, "en")
    assert sum(counts) == len(words)
    ends = np.cumsum(counts)
    told = [" ".join(words[end - count : end]) for count, end in zip(counts, ends, strict=True)]
    assert told[0] == "I asked Mr. Smith."
    assert all(len(line) <= 84 for line in told)
    assert told[1].endswith(",")


def test_shares_are_laid_into_the_silence_between_them() -> None:
    stretch = Stretch(0.0, 5.0, ((0.5, 2.5), (3.0, 4.0)))
    assert shares([10, 5], stretch) == [(0.5, 2.5), (3.0, 4.0)]


def test_figures_and_signs_are_spoken_to_be_aligned() -> None:
    assert spoken_words(["It", "cost", "$5", "—", "well-known"]) == [
        ["it"],
        ["cost"],
        ["five", "dollars"],
        [],
        ["well", "known"],
    ]
    assert sounds_of("phone") == ["F", "OW", "N"]
    assert sounds_of("—") == ["AH"]


def test_words_are_timed_where_they_are_said(engine: MoonshineEngine) -> None:
    (segment,) = heard(engine, hello(), words=True)
    assert segment.text == " The man was walking along the road."
    starts = {word.text: word.start for word in segment.words}
    assert 0.2 < starts[" The"] < starts[" man"] < starts[" walking"] < starts[" road."] < 2.5
    assert engine.capabilities.words_timed_by == "pocketsphinx"


def test_a_text_that_is_not_said_has_times_all_the_same(engine: MoonshineEngine) -> None:
    aligner, stop = WordAligner(1), threading.Event()
    assert aligner.align(hello(), [], stop) is None
    times = aligner.align(hello(), ["Xyzzyq", "—", "Kubernetes."], stop)
    assert times is None or len(times) == 3
    assert times is None or times[1][0] == times[1][1]


@pytest.mark.parametrize("name", ["silence", "white noise", "mains hum", "clicks", "music", "drums"])
def test_what_is_no_speech_has_no_text(engine: MoonshineEngine, name: str) -> None:
    assert heard(engine, AudioClip(dict(without_speech(None, 12))[name], 16_000)) == []


def test_a_decaying_note_has_no_text(engine: MoonshineEngine) -> None:
    time = np.arange(8 * 16_000) / 16_000
    notes = 0.2 * np.exp(-3 * (time % 0.5)) * np.sin(2 * np.pi * 330 * time)
    assert heard(engine, AudioClip(notes.astype(np.float32), 16_000)) == []


def test_whispering_is_heard_though_the_detection_is_in_two_minds(engine: MoonshineEngine, corpus: Path) -> None:
    clip = AudioClip(decoded(corpus / "asr" / "mfa" / "whisper.flac"), 16_000)
    assert all(stretch.is_soft for stretch in found_in(clip))
    assert "all very whisper" in "".join(segment.text for segment in heard(engine, clip))


def test_a_stretch_is_heard_in_silence() -> None:
    clip = AudioClip(np.ones(1600, np.float32), 16_000)
    around = in_silence(clip)
    assert len(around) == 1600 + 2 * round(SILENCE_S * 16_000)
    assert (around[0], around[-1], around.sum()) == (0, 0, 1600)
