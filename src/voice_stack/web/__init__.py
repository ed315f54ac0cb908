"""What both services share on the wire: app factory, error envelope, auth, uploads, SSE, health, metrics."""
