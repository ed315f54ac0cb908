"""The protocols that the transcription service speaks. They translate and do nothing else."""
