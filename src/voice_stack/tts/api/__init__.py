"""HTTP routes of the speech service. They translate and do nothing else."""
