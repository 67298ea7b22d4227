"""Export and erase a person's data."""
