"""ECAPA-TDNN on the disk: SpeechBrain's checkpoint of the network. Its YAML, which can name any code, is not read."""

from typing import Final

from voice_stack.speaker.engines.onnx_files import NetworkFiles

ENGINE_NAME: Final = "ecapa"
CHECKPOINT: Final = "embedding_model.ckpt"

FILES: Final = NetworkFiles(
    ENGINE_NAME,
    "ECAPA-TDNN",
    patterns=(CHECKPOINT, "*.ckpt"),
    hub_pattern=CHECKPOINT,
    # Publication of SpeechBrain's first one, Unix seconds.
    released=1_614_556_800,
    hint=f"Put {CHECKPOINT} of speechbrain/spkrec-ecapa-voxceleb into a folder and set SPEAKER_MODEL to it.",
    repo="speechbrain/spkrec-ecapa-voxceleb",
    file=CHECKPOINT,
    owner="speechbrain",
    megabytes=83,
    suffix=".ckpt",
)
