"""Build a tiny Supertonic in the hub's layout: four networks, tts.json, unicode_indexer.json and a style a voice.

sherpa-onnx's own code runs it. The networks are sums written by hand: each character takes a twentieth of a second, and
each voice hums at a pitch of its own, so that both can be heard.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from tests.tiny_onnx.graph import FLOAT, INT64, Graph

RATE: Final = 8000
PITCHES: Final[Mapping[str, float]] = MappingProxyType({"F1": 400.0, "F2": 500.0, "M1": 200.0})
"""Hz of each voice's hum."""
SECONDS_A_CHARACTER: Final = 0.05
# Samples of a column of the latents, and their rows.
_CHUNK, _ROWS = 50 * 2, 4 * 2


def build_supertonic(folder: Path, *, noise: float = 0.0) -> Path:
    """Write the model into `folder`, which is returned.

    Args:
        noise: Hz by which the pitch differs with the noise that the sampler begins with.
    """
    networks = folder / "onnx"
    (folder / "voice_styles").mkdir(parents=True, exist_ok=True)
    _duration_predictor(networks / "duration_predictor.onnx")
    _text_encoder(networks / "text_encoder.onnx")
    _vector_estimator(networks / "vector_estimator.onnx", noise)
    _vocoder(networks / "vocoder.onnx")
    settings = {
        "ae": {"sample_rate": RATE, "base_chunk_size": 50},
        "ttl": {"chunk_compress_factor": 2, "latent_dim": 4},
    }
    (networks / "tts.json").write_text(json.dumps(settings), encoding="utf-8")
    (networks / "unicode_indexer.json").write_text(json.dumps([code % 200 for code in range(65536)]), encoding="utf-8")
    for name, hertz in PITCHES.items():
        style = {"dims": [1, 2, 3], "data": np.full((1, 2, 3), hertz).tolist()}
        voice = {"style_ttl": style, "style_dp": {"dims": [1, 1, 2], "data": [[[0.0, 0.0]]]}}
        (folder / "voice_styles" / f"{name}.json").write_text(json.dumps(voice), encoding="utf-8")
    return folder


def _duration_predictor(path: Path) -> None:
    graph = Graph()
    graph.input("text_ids", INT64, ["batch", "letters"])
    graph.input("style_dp", FLOAT, ["batch", 1, 2])
    mask = graph.input("text_mask", FLOAT, ["batch", 1, "letters"])
    letters = graph("ReduceSum", mask, graph.ints([1, 2]), keepdims=0)
    graph.output("duration", FLOAT, ["batch"], graph("Mul", letters, graph.floats(SECONDS_A_CHARACTER)))
    graph.save(path)


def _text_encoder(path: Path) -> None:
    graph = Graph()
    ids = graph.input("text_ids", INT64, ["batch", "letters"])
    graph.input("style_ttl", FLOAT, ["batch", 2, 3])
    mask = graph.input("text_mask", FLOAT, ["batch", 1, "letters"])
    numbers = graph("Unsqueeze", graph("Cast", ids, to=FLOAT), graph.ints([1]))
    graph.output("text_emb", FLOAT, ["batch", 1, "letters"], graph("Mul", numbers, mask))
    graph.save(path)


def _vector_estimator(path: Path, noise: float) -> None:
    """The voice's pitch in every place, and a part of the noise."""
    graph = Graph()
    noisy = graph.input("noisy_latent", FLOAT, ["batch", _ROWS, "columns"])
    graph.input("text_emb", FLOAT, ["batch", 1, "letters"])
    style = graph.input("style_ttl", FLOAT, ["batch", 2, 3])
    graph.input("latent_mask", FLOAT, ["batch", 1, "columns"])
    graph.input("text_mask", FLOAT, ["batch", 1, "letters"])
    graph.input("current_step", FLOAT, ["batch"])
    graph.input("total_step", FLOAT, ["batch"])
    pitch = graph("ReduceMean", style, axes=[1, 2], keepdims=1)
    little = graph("Mul", noisy, graph.floats(noise))
    graph.output("denoised_latent", FLOAT, ["batch", _ROWS, "columns"], graph("Add", little, pitch))
    graph.save(path)


def _vocoder(path: Path) -> None:
    """A sine of half the loudness, at the pitch that the latents say."""
    graph = Graph()
    latent = graph.input("latent", FLOAT, ["batch", _ROWS, "columns"])
    pitch = graph("ReduceMean", latent, axes=[1, 2], keepdims=0)
    columns = graph("Gather", graph("Shape", latent), graph.ints(2))
    count = graph("Mul", columns, graph.ints(_CHUNK))
    number = graph("Cast", graph("Range", graph.ints(0), count, graph.ints(1)), to=FLOAT)
    turn = graph("Mul", number, graph.floats(2 * np.pi / RATE))
    phase = graph("Mul", graph("Unsqueeze", turn, graph.ints([0])), graph("Unsqueeze", pitch, graph.ints([1])))
    graph.output("wav_tts", FLOAT, ["batch", "samples"], graph("Mul", graph("Sin", phase), graph.floats(0.5)))
    graph.save(path)
