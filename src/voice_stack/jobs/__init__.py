"""Durable jobs: a request that was accepted is kept on disk until its answer is, whatever happens to the process."""
