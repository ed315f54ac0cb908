"""Quality of recordings, measured: pure functions of the sound, without verdicts."""
