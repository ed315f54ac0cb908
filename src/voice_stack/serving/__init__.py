"""Engines of every kind: described, held, scheduled and run."""
