"""Measurements whose limits the project promises; `python -m benchmarks` runs them all."""
