"""A test signal in the place of a voice."""
