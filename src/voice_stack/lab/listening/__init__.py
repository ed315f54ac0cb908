"""Blind listening tests: samples in an order of each listener's own, answers in SQLite, results with intervals."""
