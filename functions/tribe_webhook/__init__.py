"""Receives the webhooks of Tribe."""
