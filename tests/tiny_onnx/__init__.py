"""Tiny recognisers in the layouts that onnx-asr loads, of known outputs: NeMo CTC and TDT, Canary, Whisper."""
