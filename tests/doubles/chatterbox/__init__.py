"""A stand-in for chatterbox-tts, which wants numpy 1: names, signatures and files that we use, and a hum."""
