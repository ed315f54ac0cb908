"""ReDimNet2 on the disk."""

from typing import Final

from voice_stack.speaker.engines.onnx_files import NetworkFiles

ENGINE_NAME: Final = "redimnet"
FILES: Final = NetworkFiles(
    ENGINE_NAME,
    "ReDimNet2",
    patterns=("*redimnet*.onnx", "b?-*.onnx", "*.onnx"),
    hub_pattern="*.onnx",
    # Publication of the first ReDimNet, Unix seconds.
    released=1_721_001_600,
    hint="Put a network that redimnet2-onnx has published (b6-vb2+vox2_v0-lm.onnx) into a folder and set SPEAKER_MODEL "
    "to it.",
)
