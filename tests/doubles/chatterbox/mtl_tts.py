"""Names and signatures of chatterbox-tts 0.1.7's `mtl_tts`; it computes a hum, at a pitch that the voice has."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

CHARACTER_S = 0.05
FILES = ("ve.pt", "t3_mtl23ls_v2.safetensors", "s3gen.pt", "grapheme_mtl_merged_expanded_v1.json")
WEIGHTS = b"not the weights of Chatterbox: a double's"


class Conditionals:
    """A voice."""

    def __init__(self, t3: Any, gen: dict[str, Any]) -> None:
        self.t3 = t3
        self.gen = gen

    def to(self, device: str) -> "Conditionals":
        self.gen = {name: tensor.to(device) for name, tensor in self.gen.items()}
        return self

    def save(self, fpath: Path) -> None:
        torch.save({"t3": vars(self.t3), "gen": self.gen}, fpath)

    @classmethod
    def load(cls, fpath: Path, map_location: str = "cpu") -> "Conditionals":
        stored = torch.load(fpath, map_location=map_location, weights_only=True)
        return cls(SimpleNamespace(**stored["t3"]), stored["gen"])


class ChatterboxMultilingualTTS:
    """The model."""

    def __init__(self, device: str, conds: Conditionals | None) -> None:
        self.sr = 24_000
        self.device = device
        self.conds = conds

    @classmethod
    def from_local(cls, ckpt_dir: Path, device: str) -> "ChatterboxMultilingualTTS":
        for name in FILES:
            if Path(ckpt_dir, name).read_bytes() != WEIGHTS:
                raise ValueError("damaged")
        own = Path(ckpt_dir, "conds.pt")
        return cls(device, Conditionals.load(own) if own.exists() else None)

    def prepare_conditionals(self, wav_fpath: str, exaggeration: float = 0.5) -> None:
        import wave

        with wave.open(str(wav_fpath)) as file:
            assert file.getframerate() == self.sr
            sound = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16).float()
        loudest = torch.fft.rfft(sound).abs().argmax() * self.sr / len(sound)
        self.conds = Conditionals(SimpleNamespace(emotion_adv=torch.full((1, 1, 1), exaggeration)), {"hertz": loudest})

    def generate(
        self,
        text: str,
        language_id: str,
        audio_prompt_path: str | None = None,
        exaggeration: float = 0.5,
        cfg_weight: float = 0.5,
        temperature: float = 0.8,
        repetition_penalty: float = 2.0,
        min_p: float = 0.05,
        top_p: float = 1.0,
    ) -> torch.Tensor:
        assert self.conds is not None
        if exaggeration != float(self.conds.t3.emotion_adv[0, 0, 0]):
            self.conds.t3 = SimpleNamespace(emotion_adv=torch.full((1, 1, 1), exaggeration))
        time = torch.arange(round(self.sr * CHARACTER_S * len(text))) / self.sr
        return torch.sin(2 * torch.pi * self.conds.gen["hertz"] * time)[None] * 0.4
