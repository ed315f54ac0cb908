"""The `voice-stack` command."""
