"""Checks of a connection: what is well, what is not, and what to do about it. They change nothing anywhere."""
