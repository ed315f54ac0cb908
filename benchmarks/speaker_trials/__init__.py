"""Speakers told apart, by every embedding engine that is there: `python -m benchmarks.speaker_trials`."""
