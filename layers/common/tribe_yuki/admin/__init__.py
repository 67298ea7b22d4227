"""What an operator's use case works with."""
