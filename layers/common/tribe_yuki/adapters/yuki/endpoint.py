"""Where the web services of a region are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import urlsplit

Region = Literal["nl", "be"]

# The key goes along with every sign-in, so nothing but this machine gets it unencrypted.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

HOSTS: Mapping[Region, str] = {"nl": "https://api.yukiworks.nl", "be": "https://api.yukiworks.be"}


@dataclass(frozen=True, slots=True)
class YukiEndpoint:
    """The address that the services of one region share (yuki-api 1.1)."""

    base_url: str

    @classmethod
    def of(cls, region: Region, base_url: str | None = None) -> Self:
        """Return the endpoint of a region.

        A `base_url` stands in for Yuki's own hosts; behind it the Dutch services are at `/ws` and the Belgian
        ones at `/be/ws`. Raises ValueError for an unknown region or an unusable address.
        """
        if region not in HOSTS:
            raise ValueError(f"unknown Yuki region {region!r}: give nl or be")
        if not base_url:
            return cls(HOSTS[region])
        return cls(_checked(base_url) + ("/be" if region == "be" else ""))

    def address(self, service: str) -> str:
        """Return the address to post to for a service such as `Sales`."""
        return f"{self.base_url}/ws/{service}.asmx"

    @property
    def host(self) -> str:
        """Return host and port, for messages."""
        return urlsplit(self.base_url).netloc


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_encrypted or not parts.hostname or not is_plain:
        raise ValueError("the base URL of Yuki must look like https://host/path, or http://127.0.0.1:port here")
    return base_url.rstrip("/")
