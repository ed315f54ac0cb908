"""Jobs on the disk: their files, their checkpoints, their identity."""
