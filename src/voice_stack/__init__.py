"""Voice Stack: OpenAI-compatible speech servers for your own hardware."""

import os

__version__ = "0.1.0"

# Nothing leaves the machine. onnxruntime (seen in 1.32) reports its use to its maker as soon as a session is made, on
# Linux too; its own `disable_telemetry_events` comes too late. Here, because whatever imports it imports this first.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
