"""Audio clips and how they come in: PCM operations, decoding through FFmpeg, voice activity detection."""
