"""Model folders for the stand-ins."""

from pathlib import Path


def build_chatterbox(folder: Path) -> Path:
    """Files by the names of Chatterbox's multilingual model, and its own voice; the double must be importable."""
    import torch
    from chatterbox.mtl_tts import FILES, WEIGHTS, Conditionals, SimpleNamespace

    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(WEIGHTS)
    feeling = SimpleNamespace(emotion_adv=torch.full((1, 1, 1), 0.5))
    Conditionals(feeling, {"hertz": torch.tensor(220.0)}).save(folder / "conds.pt")
    return folder
