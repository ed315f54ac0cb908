"""Jobs at work."""
