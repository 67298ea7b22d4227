"""Tribe's webhooks: their signature, what they name, and how they are registered."""
