"""A simulator of Tribe CRM: OAuth2, OData, files and signed webhooks over real HTTP (facts: tribe-api)."""

from local.tribe_simulator.seed import DEFAULT_SEED
from local.tribe_simulator.simulator import TribeSimulator

__all__ = ["DEFAULT_SEED", "TribeSimulator"]
