"""Yuki's SOAP web services behind the port `Yuki` (facts: yuki-api)."""

from tribe_yuki.adapters.yuki.client import YukiClient
from tribe_yuki.adapters.yuki.ports import CallBudget, CallObserver, NoObserver, SessionStore
from tribe_yuki.adapters.yuki.records import YukiAdministration, YukiDomain
from tribe_yuki.adapters.yuki.session import InMemorySessionStore
from tribe_yuki.adapters.yuki.soap_caller import Region, YukiEndpoint
from tribe_yuki.adapters.yuki.transport import HttpTransport, Timeouts

__all__ = [
    "CallBudget",
    "CallObserver",
    "HttpTransport",
    "InMemorySessionStore",
    "NoObserver",
    "Region",
    "SessionStore",
    "Timeouts",
    "YukiAdministration",
    "YukiClient",
    "YukiDomain",
    "YukiEndpoint",
]
