"""Simulate Tribe CRM: OAuth2, OData and signed webhooks, with invented data."""

from local.tribe_simulator.simulator import DEFAULT_SEED, TribeSimulator

__all__ = ["DEFAULT_SEED", "TribeSimulator"]
