"""A connection: its settings, how it is stored, and what a use case works with."""
