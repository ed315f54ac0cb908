"""coqui: XTTS-v2, which clones voices."""
