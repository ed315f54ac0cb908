"""What engines of every kind share: how they are described, held, scheduled and run."""
