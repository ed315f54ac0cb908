"""Speech that checks itself: which faults are caught, how often clean speech is suspected, and the cost."""
