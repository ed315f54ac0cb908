"""Build a tiny Pocket TTS in the layout of the real one: a YAML file, model.safetensors, tokenizer.json, embeddings.

The code that loads it, hears with it and speaks with it is pocket-tts's own; only the sizes are small (2 layers of 32
channels, 42,000 parameters in all) and every weight is random, so what it says is noise. It never ends by itself: the
number of tokens alone decides how long it speaks, so durations are known beforehand.
"""

from pathlib import Path
from typing import Any

import yaml

RATE = 24_000
VOICES = ("alba", "mary")
_WORDS = ("Hello", "there", "You", "you", "are", "here", "church", "so", "am", "I", "and")
_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'-…:;"
# Far below the threshold.
_NEVER = -10.0
_LOUDER = 4.0
_SEANET: dict[str, Any] = {
    "dimension": 16,
    "channels": 1,
    "n_filters": 2,
    "n_residual_layers": 1,
    "ratios": [6, 5, 4],
    "kernel_size": 7,
    "residual_kernel_size": 3,
    "last_kernel_size": 3,
    "dilation_base": 2,
    "pad_mode": "constant",
    "compress": 2,
}


def build_pocket(folder: Path, *, clones: bool = True) -> Path:
    """Write the model into `folder`, which is returned.

    Args:
        folder: is made when missing.
        clones: False: the part that hears recordings is all zeros, as in what is published without it.
    """
    import safetensors.torch
    import torch
    from pocket_tts import TTSModel, export_model_state

    (folder / "embeddings").mkdir(parents=True, exist_ok=True)
    tokens = _write_tokenizer(folder / "tokenizer.json")
    recipe = folder / "english_tiny.yaml"
    recipe.write_text(yaml.safe_dump(_config(tokens, str(folder / "tokenizer.json"))), encoding="utf-8")
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = TTSModel.load_model(config=str(recipe))
        model.flow_lm.speaker_proj_weight.normal_(0, 0.3)
        _listen_more(model)
        model.flow_lm.out_eos.weight.zero_()
        model.flow_lm.out_eos.bias.fill_(_NEVER)
        for number, name in enumerate(VOICES):
            state = model.get_state_for_audio_prompt(torch.randn(1, RATE) * 0.1 * (number + 1))
            export_model_state(state, folder / "embeddings" / f"{name}.safetensors")
        if not clones:
            for name, weight in model.state_dict().items():
                if name.startswith("mimi.encoder"):
                    weight.zero_()
        safetensors.torch.save_file(model.state_dict(), folder / "model.safetensors")
    # As the official ones do, whose names lead to the hub: what lies beside it counts.
    named = _config(tokens, "hf://kyutai/pocket-tts-without-voice-cloning/languages/english/tokenizer.json@0123abc")
    named["weights_path"] = "hf://kyutai/pocket-tts/languages/english/model.safetensors@0123abc"
    recipe.write_text(yaml.safe_dump(named), encoding="utf-8")
    return folder


def _listen_more(model: Any) -> None:
    """Let what was heard count: random layers hardly change what passes through them."""
    for name, weight in model.named_parameters():
        if weight.dim() == 2 and name.startswith(("flow_lm.transformer.", "flow_lm.flow_net.")):
            weight *= _LOUDER


def _write_tokenizer(path: Path) -> int:
    """A vocabulary of characters and a few words, in the format of the real one; the number of its tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    pieces = [("<unk>", 0.0), ("▁", -3.0)]
    pieces += [(f"▁{word}", -1.0) for word in _WORDS] + [(character, -3.0) for character in _CHARACTERS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.save(str(path))
    return len(pieces)


def _config(tokens: int, tokenizer: str) -> dict[str, Any]:
    transformer = {"d_model": 32, "hidden_scale": 1, "max_period": 10_000, "num_heads": 2, "num_layers": 2}
    codec = {
        "d_model": 16,
        "num_heads": 2,
        "num_layers": 1,
        "layer_scale": 0.01,
        "context": 50,
        "dim_feedforward": 16,
        "input_dimension": 16,
        "output_dimensions": [16],
    }
    return {
        "flow_lm": {
            "insert_bos_before_voice": True,
            "dtype": "float32",
            "flow": {"depth": 1, "dim": 16},
            "transformer": transformer,
            "lookup_table": {"dim": 32, "n_bins": tokens, "tokenizer": "tokenizers", "tokenizer_path": tokenizer},
        },
        "mimi": {
            "dtype": "float32",
            "sample_rate": RATE,
            "inner_dim": 8,
            "outer_dim": 16,
            "channels": 1,
            "frame_rate": 12.5,
            "seanet": _SEANET,
            "transformer": codec,
            "quantizer": {"dimension": 8, "output_dimension": 16},
        },
    }
