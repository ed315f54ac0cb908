"""Voices that clients create: consents, recordings and what was verified, whole on the disk or not there."""
