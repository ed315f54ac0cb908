"""Telling others that a job is over."""
