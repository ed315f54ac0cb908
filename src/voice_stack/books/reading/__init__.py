"""Files to books."""
