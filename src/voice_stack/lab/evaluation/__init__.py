"""Speech measured: by numbers, and by people who listen without knowing what they hear."""
