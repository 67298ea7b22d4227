"""Runs the tasks of a connection."""
