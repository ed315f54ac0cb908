"""The protocols that the speech service speaks. They translate and do nothing else."""
