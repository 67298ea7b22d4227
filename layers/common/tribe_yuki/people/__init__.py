"""Who has to act, what they are told, and what they can decide."""
