"""CAM++ on the disk."""

from typing import Final

from voice_stack.speaker.engines.onnx_files import NetworkFiles

ENGINE_NAME: Final = "campplus"
CALIBRATED: Final = "3dspeaker_speech_campplus_sv_zh_en_16k-common_advanced.onnx"
"""Chinese and English, 200,000 speakers: the network that the threshold was measured with."""
_EXPORTED: Final = "campplus.onnx"

FILES: Final = NetworkFiles(
    ENGINE_NAME,
    "CAM++",
    # Our own export of the same network, then sherpa-onnx's of this one and others.
    patterns=(_EXPORTED, CALIBRATED, "3dspeaker_speech_campplus_sv_*.onnx", "*campplus*.onnx"),
    hub_pattern="*campplus*.onnx",
    released=1_699_228_800,
    hint=f"Put {CALIBRATED} of sherpa-onnx's releases into a folder and set SPEAKER_MODEL to it.",
    calibrated=(_EXPORTED, CALIBRATED),
    repo="csukuangfj/speaker-embedding-models",
    file=CALIBRATED,
    owner="3D-Speaker",
    megabytes=28,
)
