"""Speech under way: units in, bytes out, checkpoints."""
