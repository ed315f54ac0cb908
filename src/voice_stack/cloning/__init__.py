"""Voices cloned in this process, without a server.

from voice_stack.cloning import VoiceCloning

VoiceCloning().clone_voice(
    text="Hello, my friend.", reference_audio="anna.wav", language="en", output_path="hello.wav"
)
"""

from voice_stack.cloning.cloning import Cloned, VoiceCloning

__all__ = ["Cloned", "VoiceCloning"]
