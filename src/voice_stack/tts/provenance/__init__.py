"""Provenance: what synthetic speech says of itself, in its file and in its sound, and how that is found again."""
