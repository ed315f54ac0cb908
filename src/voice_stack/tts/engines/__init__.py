"""Speech engines, one file each; the factory imports them when they are asked for."""
