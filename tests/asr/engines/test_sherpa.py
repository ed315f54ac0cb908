"""The engine sherpa: folders as sherpa-onnx's project publishes them, and what its networks say.

What any recogniser does is in `tests/engines`, what a live turn does with it in `tests/asr/recognition`.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from tests.tiny_onnx.sound import say
from tests.tiny_onnx.streaming import LSTM, ZIPFORMER2, Layout, build_streaming
from voice_stack.asr.engines.sherpa import ENGINE
from voice_stack.asr.engines.sherpa.engine import SherpaEngine
from voice_stack.asr.engines.sherpa.files import find, languages, models
from voice_stack.asr.engines.sherpa.folder import missing, streaming_files
from voice_stack.asr.engines.sherpa.options import SherpaOptions
from voice_stack.asr.engines.sherpa.words import hypothesis_words
from voice_stack.asr.types import RecognitionRequest, Word
from voice_stack.core.errors import EngineUnavailableError, SettingsError
from voice_stack.serving.engine import EngineConfig

USUAL = "csukuangfj/sherpa-onnx-streaming-zipformer-en-2023-06-26"
MIDDLE = "-epoch-99-avg-1"


def config(model: Path | str = "", **options: Any) -> EngineConfig[SherpaOptions]:
    return EngineConfig(SherpaOptions(**options), str(model), "cpu", threads=1, model_dir=Path("/nonexistent"))


@pytest.fixture
def folder(tiny_streaming: Path, tmp_path: Path) -> Path:
    """A model's folder that may be spoilt."""
    return Path(shutil.copytree(tiny_streaming, tmp_path / "my-streaming-en"))


def empty(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


def test_quantized_networks_go_first_and_the_decoder_is_whole(tmp_path: Path) -> None:
    names = [f"{part}{MIDDLE}{end}.onnx" for part in ("encoder", "decoder", "joiner") for end in ("", ".int8")]
    place = empty(tmp_path / "model", *names, "tokens.txt", "bpe.model")
    found = streaming_files(place, "int8")
    assert found is not None
    chosen = [path.name for path in (found.encoder, found.decoder, found.joiner)]
    assert chosen == [f"encoder{MIDDLE}.int8.onnx", f"decoder{MIDDLE}.onnx", f"joiner{MIDDLE}.int8.onnx"]
    whole = streaming_files(place, "")
    assert whole is not None
    assert whole.encoder.name == f"encoder{MIDDLE}.onnx"


def test_of_several_sets_the_longest_context_is_taken(tmp_path: Path) -> None:
    names = [
        f"{part}{MIDDLE}-chunk-16-left-{left}.int8.onnx"
        for part in ("encoder", "decoder", "joiner")
        for left in (64, 128)
    ]
    found = streaming_files(empty(tmp_path / "model", *names, "tokens.txt"), "int8")
    assert found is not None
    assert found.encoder.name.endswith("left-128.int8.onnx")
    assert found.decoder.name.endswith("left-128.int8.onnx")


def test_names_without_a_middle_and_full_precision_do(tmp_path: Path) -> None:
    place = empty(tmp_path / "model", "encoder.onnx", "decoder.onnx", "joiner.onnx", "tokens.txt")
    assert streaming_files(place, "int8") is not None
    assert streaming_files(place, "int8", strictly=True) is None


@pytest.mark.parametrize("part", ["encoder", "decoder", "joiner"])
def test_a_network_that_is_missing_is_named(folder: Path, part: str) -> None:
    next(folder.glob(f"{part}*")).unlink()
    with pytest.raises(EngineUnavailableError, match=rf"my-streaming-en.*lacks {part}\*\.onnx\.") as raised:
        ENGINE.build(config(folder))
    assert str(folder.parent) not in raised.value.message


def test_missing_tokens_are_named(folder: Path) -> None:
    (folder / "tokens.txt").unlink()
    with pytest.raises(EngineUnavailableError, match=r"lacks tokens\.txt"):
        ENGINE.build(config(folder))


def test_names_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    place = empty(tmp_path / "model", "encoder-a.onnx", "decoder-b.onnx", "joiner-a.onnx", "tokens.txt")
    assert streaming_files(place, "int8") is None
    assert missing(place) == ["decoder-a.onnx"]


@pytest.mark.parametrize(
    ("part", "fact", "value", "told"),
    [
        ("encoder", "model_type", "whisper", "model_type='whisper'"),
        ("encoder", "model_type", None, "model_type=''"),
        ("encoder", "T", None, "T=''"),
        ("encoder", "num_heads", None, "num_heads=''"),
        ("encoder", "encoder_dims", "4,-3", "encoder_dims='4,-3'"),
        ("encoder", "left_context_len", "many", "left_context_len='many'"),
        ("decoder", "vocab_size", None, "vocab_size=''"),
        ("decoder", "context_size", "0", "context_size='0'"),
    ],
)
def test_metadata_at_which_the_library_would_end_the_process_is_an_error(
    folder: Path, part: str, fact: str, value: str | None, told: str
) -> None:
    path = next(folder.glob(f"{part}*"))
    network = onnx.load(path)
    facts = {entry.key: entry.value for entry in network.metadata_props}
    del facts[fact]
    onnx.helper.set_model_props(network, facts | ({} if value is None else {fact: value}))
    onnx.save(network, path)
    with pytest.raises(EngineUnavailableError, match=told):
        ENGINE.build(config(folder))


@pytest.mark.parametrize("part", ["encoder", "decoder", "joiner"])
def test_a_damaged_network_is_told_without_its_path(folder: Path, part: str) -> None:
    path = next(folder.glob(f"{part}*"))
    path.write_bytes(b"no network")
    with pytest.raises(EngineUnavailableError) as raised:
        ENGINE.build(config(folder))
    assert path.name in raised.value.message
    assert str(folder) not in raised.value.message


@pytest.mark.parametrize("content", ["<blk> 0\n", "<blk> 0\n<unk> one\n", "<blk>\n", ""])
def test_tokens_that_do_not_fit_are_an_error(folder: Path, content: str) -> None:
    (folder / "tokens.txt").write_text(content)
    with pytest.raises(EngineUnavailableError, match=r"tokens\.txt"):
        ENGINE.build(config(folder))


def test_a_stream_without_sound_hears_nothing(tiny_streaming: Path) -> None:
    engine = SherpaEngine(config(tiny_streaming))
    stream = engine.open_stream(RecognitionRequest())
    assert stream.accept(np.empty(0, np.float32)) == []
    assert stream.finish() == []
    stream.close()
    engine.close()


def test_tokens_may_be_blanks(folder: Path) -> None:
    path = folder / "tokens.txt"
    path.write_text(path.read_text(encoding="utf-8") + "\u3000 11\n  12\n#0 13\n", encoding="utf-8")
    ENGINE.build(config(folder)).close()


def test_languages_are_those_of_the_settings_or_of_the_name() -> None:
    assert languages(config(USUAL)) == {"en"}
    assert languages(config("csukuangfj/sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20")) == {"en", "zh"}
    assert languages(config(USUAL, languages=["German"])) == {"de"}
    assert len(languages(config("somebody/streaming-zipformer"))) > 90


def test_models_are_folders_or_repositories_that_say_streaming(folder: Path) -> None:
    assert [entry.id for entry in models(config())] == [USUAL]
    entry = models(config(folder))[0]
    assert (entry.id, entry.owned_by, entry.installed) == ("my-streaming-en", "local", True)
    assert find("openai/whisper-tiny", config()) is None
    with pytest.raises(SettingsError, match="no such folder"):
        models(config(folder / "elsewhere"))


def hub_model(name: str, model_dir: Path) -> EngineConfig[SherpaOptions]:
    return EngineConfig(SherpaOptions(), name, "cpu", model_dir=model_dir, hub_timeout_s=5.0)


@pytest.mark.parametrize("name", [USUAL, "somebody/sherpa-onnx-streaming-zipformer-fr"])
def test_one_set_is_downloaded_from_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The usual repository holds several sets, each quantized too."""
    repository = tmp_path / "repository"
    lefts = (64, 128) if name == USUAL else (128,)
    sets = [(f"{MIDDLE}-chunk-16-left-{left}", end) for left in lefts for end in ("", ".int8")]
    for middle, end in sets:
        build_streaming(repository, middle=middle, suffix=end)
    with serve_hub(FakeHub(name, repository)) as hub:
        use_hub(monkeypatch, hub.url)
        wanted = hub_model(name, tmp_path / "models")
        assert not SherpaEngine.is_downloaded(wanted)
        assert SherpaEngine.download(wanted) is not None
        assert SherpaEngine.is_downloaded(wanted)
        asked = {one.rsplit("/", 1)[1] for one in hub.requests if one.startswith("GET") and "/resolve/" in one}
        middle = f"{MIDDLE}-chunk-16-left-128"
        networks = {f"encoder{middle}.int8.onnx", f"decoder{middle}.onnx", f"joiner{middle}.int8.onnx"}
        assert asked == {*networks, "tokens.txt"}
        hub.requests.clear()
        SherpaEngine(wanted).close()
        assert hub.requests == []
    assert SherpaEngine.files(wanted) == [tmp_path / "models" / f"models--{name.replace('/', '--')}"]


@pytest.mark.parametrize("layout", [LSTM, ZIPFORMER2], ids=["lstm", "zipformer2"])
def test_a_stream_times_its_words(tmp_path: Path, layout: Layout) -> None:
    clip, said = say((("hello", "world."), ("good", "morning,")))
    engine = SherpaEngine(config(build_streaming(tmp_path, layout=layout), languages=["en"]))
    stream = engine.open_stream(RecognitionRequest())
    for samples in np.array_split(clip.samples, 20):
        stream.accept(samples)
    stream.accept(np.empty(0, np.float32))
    words = [word for segment in stream.finish() for word in segment.words]
    stream.close()
    engine.close()
    assert [word.text.strip() for word in words] == [word.text for word in said]
    for word, expected in zip(words, said, strict=True):
        assert abs(word.start - expected.start) < 0.08
        assert abs(word.end - expected.end) < 0.16
        assert word.probability is not None
        assert 0.5 < word.probability <= 1


@pytest.mark.parametrize(
    ("text", "tokens", "words"),
    [
        ("hello world", [" hel", "lo", " world"], [(" hello", 0.0, 0.2), (" world", 0.2, 0.52)]),
        ("你好 ok", ["你", "好", " ok"], [("你", 0.0, 0.1), ("好", 0.1, 0.2), (" ok", 0.2, 0.52)]),
        # A model of bytes: two characters of two tokens each.
        ("äö", ["<0xC3>", "<0xA4>", "<0xC3>", "<0xB6>"], [(" äö", 0.0, 0.62)]),
        ("", [], []),
    ],
)
def test_words_have_the_times_of_their_tokens(
    text: str, tokens: list[str], words: list[tuple[str, float, float]]
) -> None:
    starts = [0.1 * number for number in range(len(tokens))]
    found = hypothesis_words(text, tokens, starts, [0.0] * len(tokens), 0.0, 9.0)
    assert [(word.text, round(word.start, 2), round(word.end, 2)) for word in found] == words
    assert all(isinstance(word, Word) and word.probability == 1.0 for word in found)
