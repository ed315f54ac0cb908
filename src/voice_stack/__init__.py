"""Voice Stack: OpenAI-compatible speech servers for your own hardware."""

__version__ = "0.1.0"
