"""A tiny real Whisper for tests: it hears spoken digits (English, German) and runs in both Whisper engines.

`build.py` unpacks the committed fixture for openai-whisper and for faster-whisper, `speak.py` says test sentences,
`exact.py` lists sentences that both engines write down exactly, `train.py` is the recipe that made the fixture.
"""
