"""Build a tiny XTTS-v2 in the layout of the real one: config.json, model.pth, vocab.json, speakers_xtts.pth.

The code that loads it, conditions it and speaks with it is coqui-tts's own; only the language model is small (2 layers,
64 channels) and every weight is random, so what it says is noise. It never ends by itself: the token limit alone
decides how long it speaks, so durations are known beforehand. Decoder and speaker encoder have a fixed size.
"""

from pathlib import Path
from typing import Any

from voice_stack.tts.engines.coqui.imports import import_xtts
from voice_stack.tts.engines.coqui.languages import XTTS_CHAR_LIMITS

CHANNELS = 64
SPEAKERS = ("Ana Tiny", "Bób Tiny")
_SPECIAL = ("[STOP]", "[UNK]", "[SPACE]", "[START]")
_CHARACTERS = "abcdefghijklmnopqrstuvwxyzäöüßàáâçèéêíñóôúżłęąśćźńабвгдежзийклмнопрстуфхцчшщъыьэюя0123456789.,!?;:'-"
# Far below what any other token gets.
_NEVER = -1e4
_LOUDER = 8.0


def build_xtts(folder: Path, *, most_tokens: int | None = None) -> Path:
    """Write the model into `folder`, which is returned.

    Args:
        folder: is made when missing.
        most_tokens: audio tokens, 46 ms each, that an utterance has at most; None for as many as the real one.
    """
    import torch

    xtts_class, config_class = import_xtts()
    folder.mkdir(parents=True, exist_ok=True)
    _write_vocabulary(folder / "vocab.json")
    config = config_class(gpt_cond_len=6, gpt_cond_chunk_len=3, max_ref_len=5)
    _shrink(config.model_args)
    if most_tokens is not None:
        config.model_args.gpt_max_audio_tokens = most_tokens
    config.save_json(str(folder / "config.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.save({"model": _weights(xtts_class, config, folder / "vocab.json")}, folder / "model.pth")
        torch.save({name: _speaker() for name in SPEAKERS}, folder / "speakers_xtts.pth")
    return folder


def _write_vocabulary(path: Path) -> None:
    """A character vocabulary in the format of the real one: BPE without merges, one token a language."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import Whitespace

    languages = [f"[{'zh-cn' if code == 'zh' else code}]" for code in XTTS_CHAR_LIMITS]
    tokens = [*_SPECIAL, *languages, *_CHARACTERS]
    tokenizer = Tokenizer(BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens([*_SPECIAL, *languages])
    tokenizer.save(str(path))


def _shrink(args: Any) -> None:
    args.gpt_layers = 2
    args.gpt_n_model_channels = CHANNELS
    args.gpt_n_heads = 2
    args.gpt_num_audio_tokens = 1026
    args.gpt_start_audio_token = 1024
    args.gpt_stop_audio_token = 1025
    args.gpt_use_perceiver_resampler = True  # as XTTS-v2; version 1 has none
    args.decoder_input_dim = CHANNELS


def _weights(xtts_class: Any, config: Any, vocabulary: Path) -> dict[str, Any]:
    import torch

    model = xtts_class(config)
    model.tokenizer = type(model.tokenizer)(vocab_file=str(vocabulary))
    model.init_models()
    with torch.no_grad():
        model.gpt.mel_head.bias[model.gpt.stop_audio_token] = _NEVER
        # As loud as speech: what is softer than a whisper counts as silence and is trimmed.
        weight = model.hifigan_decoder.waveform_decoder.conv_post.weight
        weight *= _LOUDER
    weights: dict[str, Any] = model.state_dict()
    return weights


def _speaker() -> dict[str, Any]:
    import torch

    return {
        "gpt_cond_latent": torch.randn(1, 32, CHANNELS) * 0.3,
        "speaker_embedding": torch.nn.functional.normalize(torch.randn(1, 512, 1), dim=1),
    }
