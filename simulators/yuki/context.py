"""What an operation works with: the books, who calls, from which host, with which arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators.yuki.books import Administration, Books, Domain
from simulators.yuki.local_time import to_local
from simulators.yuki.sessions import NO_DATABASE, Session, Sessions
from simulators.yuki.soap import SoapFault


@dataclass
class Context:
    """One call; `now` is aware, `address` is the base URL of the host that was called, without a slash at the end."""

    books: Books
    sessions: Sessions
    switches: Mapping[str, Any]
    now: datetime
    region: str
    address: str
    arguments: Mapping[str, Any]
    opened: Session | None = None

    @property
    def local(self) -> datetime:
        """Return the time in Amsterdam, naive, in whole seconds."""
        return to_local(self.now)

    @property
    def session(self) -> Session:
        """Return the session of the call; raise SoapFault when it has none."""
        if self.opened is None:
            raise SoapFault(str(self.switches["session_fault_text"]))
        return self.opened

    @property
    def domain(self) -> Domain:
        """Return the domain that the call names, else the current one of the session; raise SoapFault for no access."""
        domain_id = str(self.arguments.get("domainID", "")).strip().lower() or self.session.domain_id
        if domain_id not in self.session.key.domain_ids or domain_id not in self.books.domains:
            raise SoapFault(NO_DATABASE)
        return self.books.domains[domain_id]

    @property
    def administration(self) -> Administration:
        """Return the administration that the call names; raise SoapFault when the key does not see it."""
        wanted = str(self.arguments.get("administrationID") or self.arguments.get("administrationId") or "")
        found = self.books.administrations.get(wanted.strip().lower())
        if found is None or found not in self.administrations():
            raise SoapFault("Administration not found")
        return found

    def administrations(self) -> list[Administration]:
        """Return the administrations that the key sees, in all its domains."""
        key = self.session.key
        return [
            administration
            for administration in self.books.administrations.values()
            if administration.domain_id in key.domain_ids
            and (not key.administration_ids or administration.id in key.administration_ids)
        ]

    @property
    def charged_domain(self) -> str:
        """Return the id of the domain whose allowance pays for the call."""
        wanted = str(self.arguments.get("administrationID") or self.arguments.get("administrationId") or "")
        named = self.books.administrations.get(wanted.strip().lower())
        domain_id = named.domain_id if named else str(self.arguments.get("domainID", "")).strip().lower()
        return domain_id if domain_id in self.session.key.domain_ids else self.session.domain_id
