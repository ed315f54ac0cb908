"""Tiny voices in the real file formats: every phoneme is a tone, so that what a network was told can be heard."""
