"""The wire of both services: app factory, error envelope, auth, uploads, SSE, health, metrics."""
