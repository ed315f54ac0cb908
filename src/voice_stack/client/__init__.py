"""A typed client for what both services have beyond OpenAI's API: jobs, voices, models. It stands beside OpenAI's SDK.

from voice_stack.client import VoiceStackClient

with VoiceStackClient("http://localhost:5002/v1") as tts:
    job = tts.submit_speech("A long text.", voice="alloy")
    done = tts.wait(job, on_progress=lambda job: print(job.fraction))
    tts.result(done).save("long.mp3")
"""

from voice_stack.client.asynchronous import AsyncVoiceStackClient
from voice_stack.client.client import VoiceStackClient
from voice_stack.client.created import Check, Consent, CreatedVoice, CreatedVoices
from voice_stack.client.speakers import Identification, Speaker, Speakers, VoiceSimilarity
from voice_stack.client.types import (
    Alignment,
    Job,
    JobResult,
    Mark,
    Model,
    Provenance,
    Speech,
    Transcript,
    Voice,
    Word,
)

__all__ = [
    "Alignment",
    "AsyncVoiceStackClient",
    "Check",
    "Consent",
    "CreatedVoice",
    "CreatedVoices",
    "Identification",
    "Job",
    "JobResult",
    "Mark",
    "Model",
    "Provenance",
    "Speaker",
    "Speakers",
    "Speech",
    "Transcript",
    "Voice",
    "VoiceSimilarity",
    "VoiceStackClient",
    "Word",
]
