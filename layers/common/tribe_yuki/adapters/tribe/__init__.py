"""Tribe CRM over OAuth2 and OData. The only package that imports httpx, and with it its start-up cost."""

from tribe_yuki.adapters.tribe.answers import Refused
from tribe_yuki.adapters.tribe.application import Grant, TribeApplication, TribeEndpoints, TribeOptions
from tribe_yuki.adapters.tribe.client import TribeClient, exchange_code
from tribe_yuki.adapters.tribe.environment import OwnOrganisation, TribeEmployee, TribePhase
from tribe_yuki.adapters.tribe.tokens import TokenStore, TribeTokens, consent_address
from tribe_yuki.adapters.tribe.webhooks import RegisteredWebhook

__all__ = [
    "Grant",
    "OwnOrganisation",
    "Refused",
    "RegisteredWebhook",
    "TokenStore",
    "TribeApplication",
    "TribeClient",
    "TribeEmployee",
    "TribeEndpoints",
    "TribeOptions",
    "TribePhase",
    "TribeTokens",
    "consent_address",
    "exchange_code",
]
