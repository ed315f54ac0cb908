"""Verdicts of the reference doctor on clean recordings and on ones that are made bad on the fly."""
