"""Simulate Tribe CRM: OAuth2, OData and signed webhooks, with invented data."""

from simulators.tribe.simulator import DEFAULT_SEED, TribeSimulator

__all__ = ["DEFAULT_SEED", "TribeSimulator"]
