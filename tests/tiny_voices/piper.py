"""Tiny voices in Piper's format: NAME.onnx of 2 kB and NAME.onnx.json."""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from tests.tiny_voices.tones import constant, save, tone_constants, tones

TOKEN_SAMPLES = 1024
"""Samples of a phoneme at length scale 1; Piper puts a padding phoneme between any two."""

SPEAKER_STEP = 40

_CATALOGUE = "voices.json"


def build_voice(
    folder: Path,
    name: str,
    *,
    espeak: str = "en-us",
    sample_rate: int = 22_050,
    speakers: tuple[str, ...] = (),
    amplitude: float = 0.3,
) -> Path:
    """Write a voice. Its second speaker's tones are those of phonemes with ids SPEAKER_STEP higher, and so on.

    Args:
        name: `en_US-NAME-medium`.
        espeak: espeak-ng's voice.
        speakers: names; empty for a voice of one speaker.
        amplitude: of the tones.

    Returns:
        The network's path.
    """
    path = folder / f"{name}.onnx"
    _build_network(path, sample_rate, amplitude, several=bool(speakers))
    path.with_name(path.name + ".json").write_text(
        json.dumps(_config(name, espeak, sample_rate, speakers)), encoding="utf-8"
    )
    return path


def build_voices(folder: Path) -> Path:
    """A folder of voices: one plain, one soft, one of three speakers, and a German one at 16 kHz."""
    build_voice(folder, "en_US-alto-medium")
    build_voice(folder, "en_US-choir-medium", speakers=("anna", "bert", "carl"))
    build_voice(folder, "en_US-soft-medium", amplitude=0.03)
    build_voice(folder, "de_DE-bass-low", espeak="de", sample_rate=16_000)
    return folder


def build_repository(folder: Path) -> Path:
    """The same in the layout of the hub's repository, with its catalogue; the usual default voice is among them."""
    catalogue: dict[str, object] = {}
    voices: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
        ("en_US-lessac-medium", "en-us", 22_050, ()),
        ("en_US-choir-medium", "en-us", 22_050, ("anna", "bert", "carl")),
        ("de_DE-bass-low", "de", 16_000, ()),
        ("pt_PT-tugão-medium", "pt", 22_050, ()),
    )
    for name, espeak, sample_rate, speakers in voices:
        locale, voice, quality = name.split("-")
        place = f"{locale[:2]}/{locale}/{voice}/{quality}"
        path = build_voice(folder / place, name, espeak=espeak, sample_rate=sample_rate, speakers=speakers)
        catalogue[name] = {
            "key": name,
            "name": voice,
            "language": {"code": locale, "family": locale[:2], "region": locale[3:]},
            "quality": quality,
            "num_speakers": max(1, len(speakers)),
            "speaker_id_map": {speaker: number for number, speaker in enumerate(speakers)},
            "files": {
                f"{place}/{file.name}": {"size_bytes": file.stat().st_size, "md5_digest": ""}
                for file in sorted(path.parent.iterdir())
            },
            "aliases": [],
        }
    (folder / _CATALOGUE).write_text(json.dumps(catalogue), encoding="utf-8")
    return folder


def _config(name: str, espeak: str, sample_rate: int, speakers: tuple[str, ...]) -> dict[str, object]:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    locale, voice, quality = name.split("-")
    return {
        "audio": {"sample_rate": sample_rate, "quality": quality},
        "espeak": {"voice": espeak},
        "language": {"code": locale, "family": locale[:2], "region": locale[3:]},
        "inference": {"noise_scale": 0.0, "length_scale": 1.0, "noise_w": 0.0},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": max(1, len(speakers)),
        "speaker_id_map": {speaker: number for number, speaker in enumerate(speakers)},
        "piper_version": "1.0.0",
        "dataset": voice,
    }


def _build_network(path: Path, sample_rate: int, amplitude: float, *, several: bool) -> None:
    """Piper's inputs: phonemes (1, n), their number, scales (noise, length, noise of lengths), speaker."""
    nodes = [
        helper.make_node("Gather", ["scales", "length_index"], ["length_scale"]),
        helper.make_node("Mul", ["length_scale", "token_samples"], ["length_exact"]),
        helper.make_node("Round", ["length_exact"], ["length_round"]),
        helper.make_node("Cast", ["length_round"], ["length"], to=TensorProto.INT64),
        helper.make_node("Gather", ["scales", "noise_index"], ["noise_scale"]),
    ]
    token = "input"
    if several:
        nodes += [
            helper.make_node("Mul", ["sid", "speaker_step"], ["speaker_shift"]),
            helper.make_node("Add", ["input", "speaker_shift"], ["shifted"]),
        ]
        token = "shifted"
    nodes += tones(token, "length", "amplitude", "clean")
    nodes += [
        helper.make_node("RandomNormalLike", ["clean"], ["random"], seed=1.0),
        helper.make_node("Mul", ["random", "noise_scale"], ["scaled"]),
        helper.make_node("Mul", ["scaled", "noise_gain"], ["noise"]),
        helper.make_node("Add", ["clean", "noise"], ["noisy"]),
        helper.make_node("Reshape", ["noisy", "output_shape"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if several:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch"]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, 1, "time"])
    constants = [
        constant("length_index", np.int64(1)),
        constant("noise_index", np.int64(0)),
        constant("token_samples", np.float32(TOKEN_SAMPLES)),
        constant("amplitude", np.array([amplitude], np.float32)),
        constant("noise_gain", np.float32(0.1)),
        constant("output_shape", np.array([1, 1, 1, -1], np.int64)),
        *([constant("speaker_step", np.array([SPEAKER_STEP], np.int64))] if several else []),
        *tone_constants(sample_rate),
    ]
    save(path, nodes, inputs, [output], constants)
