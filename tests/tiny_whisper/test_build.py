"""The tiny Whisper builds for both engines, and both write a clip down exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tiny_whisper import vocabulary
from tests.tiny_whisper.audio import SAMPLE_RATE
from tests.tiny_whisper.build import FIXTURES, build_bench, build_ct2, build_openai
from tests.tiny_whisper.engines import faster_engine, openai_engine
from tests.tiny_whisper.exact import EXACT, render
from tests.tiny_whisper.speak import speak

WORD_TOLERANCE_S = 0.4


@pytest.fixture(scope="module")
def ct2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built faster-whisper folder."""
    return build_ct2(tmp_path_factory.mktemp("tiny") / "ct2")


def test_faster_whisper_transcribes_exactly(ct2: Path) -> None:
    """A clip of each language, with its language detected."""
    engine = faster_engine(ct2)
    for name in ("en-sentence-1", "de-sentence-1"):
        clip = EXACT[name]
        heard = engine(render(clip).samples, None, 5, False)
        assert (heard.text, heard.language) == (clip.text, clip.language)


def test_openai_whisper_transcribes_exactly(tmp_path: Path) -> None:
    """The same in openai-whisper."""
    pytest.importorskip("whisper")
    engine = openai_engine(build_openai(tmp_path))
    for name in ("en-sentence-1", "de-sentence-1"):
        clip = EXACT[name]
        heard = engine(render(clip).samples, None, 5, False)
        assert (heard.text, heard.language) == (clip.text, clip.language)


def test_words_have_times(ct2: Path) -> None:
    """Word times are near the places where the words were put."""
    clip = EXACT["en-joined-1"]
    rendered = render(clip)
    heard = faster_engine(ct2)(rendered.samples, clip.language, 5, True)
    assert [word.text for word in heard.words] == [word.text for word in rendered.words]
    for word, placed in zip(heard.words, rendered.words, strict=True):
        assert word.start == pytest.approx(placed.start, abs=WORD_TOLERANCE_S)
        assert word.end == pytest.approx(placed.end, abs=WORD_TOLERANCE_S)


def test_pauses_make_segments(ct2: Path) -> None:
    """One segment a phrase."""
    clip = EXACT["en-long-1"]
    rendered = render(clip)
    heard = faster_engine(ct2)(rendered.samples, clip.language, 5, False)
    assert heard.text == clip.text
    assert len(heard.segments) == len(clip.phrases)


def test_building_is_repeatable(ct2: Path, tmp_path: Path) -> None:
    """Building again, also over a finished folder, gives the same bytes and leaves nothing else behind."""
    again = build_ct2(build_ct2(tmp_path / "ct2"))
    names = sorted(path.name for path in again.iterdir())
    assert names == ["config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json"]
    for name in names:
        assert (again / name).read_bytes() == (ct2 / name).read_bytes()


def test_tokenizer_is_whispers() -> None:
    """Tokens and merges are those of openai-whisper."""
    whisper_tokenizer = pytest.importorskip("whisper.tokenizer")
    tokenizers = pytest.importorskip("tokenizers")
    content = vocabulary.tokenizer_json(vocabulary.read_merges(FIXTURES / "merges.txt.xz"))
    ours = tokenizers.Tokenizer.from_str(json.dumps(content))
    theirs = whisper_tokenizer.get_tokenizer(True, num_languages=99)
    for text in (" one two three", " fünf, sieben!", " 日本語のテスト", " naïve façade – 3½ €", "def f(x): return x"):
        assert ours.encode(text, add_special_tokens=False).ids == theirs.encoding.encode(text)
    assert ours.token_to_id("<|yue|>") is None
    for token, number in theirs.special_tokens.items():
        assert ours.token_to_id(token) == number


def test_bench_writes_a_fixed_number_of_tokens(tmp_path: Path) -> None:
    """As many words a window as asked for, whatever is heard."""
    engine = faster_engine(build_bench(tmp_path / "bench", tokens_per_window=12))
    samples, _ = speak("one two three")
    heard = engine(samples[:SAMPLE_RATE], "en", 1, False)
    assert len(heard.text.split()) == 12


def test_speak_says_something() -> None:
    """espeak-ng's samples are in -1 .. 1 and of the length that the speed asks for."""
    slow, rate = speak("one two three", rate_wpm=100)
    fast, _ = speak("one two three", voice="en-gb", rate_wpm=300)
    assert rate == 22050
    assert 0.05 < abs(slow).max() <= 1
    assert len(slow) > 1.5 * len(fast)
