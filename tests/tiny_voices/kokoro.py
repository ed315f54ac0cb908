"""A tiny Kokoro: a network of 4 kB with Kokoro's inputs and its limit of 510 phonemes, and voices that can be heard."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tests.tiny_voices.tones import constant, save, tone_constants, tones

TOKEN_SAMPLES = 960
"""Samples of a phoneme at speed 1; there is one of padding before and behind."""

ROW_STEP = 0.0001
"""What the next row of a voice's styles adds to the sound as a constant."""

AMPLITUDES = {
    "af_bella": 0.8,
    "af_heart": 0.4,
    "af_sky": 0.2,
    "bm_george": 0.4,
    "ef_dora": 0.4,
    "ff_siwis": 0.4,
    "jf_alpha": 0.4,
}
"""The voices: how loud each is."""

_SAMPLE_RATE = 24_000
_ROWS = 510
_CONTEXT = 512


def build_model(folder: Path) -> Path:
    """The hub's layout: onnx/model.onnx and voices/*.bin."""
    _build_network(folder / "onnx" / "model.onnx", "input_ids", two_dimensions=True)
    (folder / "voices").mkdir()
    for name, amplitude in AMPLITUDES.items():
        _styles(amplitude).tofile(folder / "voices" / f"{name}.bin")
    return folder


def build_release(folder: Path) -> Path:
    """The layout of kokoro-onnx's releases: kokoro-v1.0.onnx and voices-v1.0.bin, an .npz archive."""
    _build_network(folder / "kokoro-v1.0.onnx", "tokens", two_dimensions=False)
    with (folder / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, allow_pickle=False, **{name: _styles(amplitude) for name, amplitude in AMPLITUDES.items()})
    return folder


def _styles(amplitude: float) -> NDArray[np.float32]:
    styles = np.zeros((_ROWS, 1, 256), np.float32)
    styles[:, 0, 0] = amplitude
    styles[:, 0, 1] = ROW_STEP * np.arange(_ROWS)
    return styles


def _build_network(path: Path, token_input: str, *, two_dimensions: bool) -> None:
    nodes = [
        helper.make_node("Div", ["token_samples", "speed"], ["length_exact"]),
        helper.make_node("Round", ["length_exact"], ["length_round"]),
        helper.make_node("Cast", ["length_round"], ["length_int"], to=TensorProto.INT64),
        helper.make_node("Squeeze", ["length_int"], ["length"]),
        helper.make_node("Slice", ["style", "begin_0", "end_1", "axis_1"], ["amplitude_column"]),
        helper.make_node("Reshape", ["amplitude_column", "flat"], ["amplitude"]),
        helper.make_node("Slice", ["style", "end_1", "end_2", "axis_1"], ["row_column"]),
        helper.make_node("Reshape", ["row_column", "flat"], ["row"]),
        # A position for every token, as in the real network: what is longer than its context fails.
        helper.make_node("Shape", [token_input], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["count"]),
        helper.make_node("Range", ["zero", "count", "one"], ["positions"]),
        helper.make_node("Gather", ["position_table", "positions"], ["position"]),
        helper.make_node("Add", [token_input, "position"], ["token"]),
        *tones("token", "length", "amplitude", "sound"),
        helper.make_node("Add", ["sound", "row"], ["raised"]),
        helper.make_node("Reshape", ["raised", "output_shape"], ["waveform"]),
    ]
    inputs = [
        helper.make_tensor_value_info(token_input, TensorProto.INT64, [1, "sequence_length"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    shape: list[int | str] = [1, "num_samples"] if two_dimensions else ["num_samples"]
    output = helper.make_tensor_value_info("waveform", TensorProto.FLOAT, shape)
    constants = [
        constant("token_samples", np.array([TOKEN_SAMPLES], np.float32)),
        constant("begin_0", np.array([0], np.int64)),
        constant("end_1", np.array([1], np.int64)),
        constant("end_2", np.array([2], np.int64)),
        constant("axis_1", np.array([1], np.int64)),
        constant("position_table", np.zeros(_CONTEXT, np.int64)),
        constant("output_shape", np.array([1, -1] if two_dimensions else [-1], np.int64)),
        *tone_constants(_SAMPLE_RATE),
    ]
    save(path, nodes, inputs, [output], constants)
