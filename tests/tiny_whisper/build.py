"""Build the tiny Whisper for each engine from the committed fixture.

Nothing here needs torch, transformers or the network: the light install (faster-whisper alone) can build and run it.
Every file is written under another name and renamed, and its bytes depend on the fixture alone, so test processes that
build into the same folder at the same time do no harm.
"""

from __future__ import annotations

import json
import lzma
import os
import tempfile
from pathlib import Path

from . import vocabulary
from ._types import Json

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "tiny_whisper"
OPENAI_NAME = "whisper-digits.pt"
MEL_BINS = 80


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is never seen half-written, under the permissions of any new file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def unpack(name: str) -> bytes:
    """The content of the xz file `name` of the fixture."""
    return lzma.decompress((FIXTURES / f"{name}.xz").read_bytes())


def build_openai(out: Path) -> Path:
    """Unpack the model into the folder `out` for openai-whisper; the path is for `whisper.load_model(str(path))`."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / OPENAI_NAME
    write_atomically(path, unpack(OPENAI_NAME))
    return path


def write_companions(out: Path, config: Json) -> None:
    """Write what a faster-whisper model folder holds beside model.bin: vocabulary, tokenizer, front end, `config`."""
    merges = vocabulary.read_merges(FIXTURES / "merges.txt.xz")
    front_end = {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "chunk_length": 30,  # seconds
        "feature_size": MEL_BINS,
        "hop_length": 160,  # samples
        "n_fft": 400,
        "n_samples": 480000,
        "nb_max_frames": 3000,
        "processor_class": "WhisperProcessor",
        "sampling_rate": 16000,
    }
    contents: dict[str, Json] = {
        "config.json": config,
        "preprocessor_config.json": front_end,
        "tokenizer.json": vocabulary.tokenizer_json(merges),
        "vocabulary.json": vocabulary.tokens(merges),
    }
    for name, content in contents.items():
        write_atomically(out / name, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def ct2_config() -> dict[str, Json]:
    """CTranslate2's config.json of the tiny model."""
    config: dict[str, Json] = json.loads((FIXTURES / "ct2-config.json").read_text("utf-8"))
    return config


def build_ct2(out: Path) -> Path:
    """Make the folder `out` a faster-whisper model (int8): `WhisperModel(str(build_ct2(out)))`."""
    out.mkdir(parents=True, exist_ok=True)
    write_companions(out, ct2_config())
    write_atomically(out / "model.bin", unpack("whisper-digits-ct2-model.bin"))
    return out


def build_bench(out: Path, tokens_per_window: int = 92) -> Path:
    """Make `out` a faster-whisper model (int8, 40 MB) of whisper-tiny's size and speed that hears nothing.

    It writes `tokens_per_window` random words for each 30 s window: for benchmarks, with
    `condition_on_previous_text=False`.
    """
    # Imported here: they need ctranslate2, which build_openai's users may not have.
    from .bench import SHAPE, bench_weights
    from .ct2_layout import model_bin

    out.mkdir(parents=True, exist_ok=True)
    config = {key: value for key, value in ct2_config().items() if key != "alignment_heads"}
    write_companions(out, config | {"alignment_heads": [[3, head] for head in range(SHAPE.decoder_heads)]})
    tokens = vocabulary.tokens(vocabulary.read_merges(FIXTURES / "merges.txt.xz"))
    write_atomically(out / "model.bin", model_bin(bench_weights(tokens, tokens_per_window), SHAPE))
    return out
