"""What the service makes of real speech with a real Whisper, beside the same engine called directly."""
