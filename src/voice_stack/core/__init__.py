"""What every package rests on: settings, logging, the error tree, engine residency, fair access to compute."""
