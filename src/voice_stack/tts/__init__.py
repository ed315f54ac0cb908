"""Speech output: engines, voices, the service and its routes."""
