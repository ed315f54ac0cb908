"""A transcription under way: pieces, turns, checkpoints."""
