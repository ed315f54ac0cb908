"""HTTP routes of the transcription service. They translate and do nothing else."""
