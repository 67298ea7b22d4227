"""What is stored of the people who use the console, and how the login is asked, as Protocols."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tribe_yuki.console.roles import Role
from tribe_yuki.console.session import Session
from tribe_yuki.console.sign_in import Attempt


class SessionStore(Protocol):
    """Sessions and attempts to sign in. Every method may raise Retryable, or Defect when the tables refuse."""

    def find(self, key: str, now: datetime) -> Session | None:
        """Return a session that has not ended."""
        ...

    def save(self, session: Session) -> None:
        """Store a session, or that its person is still there."""
        ...

    def end(self, key: str) -> None:
        """Delete a session."""
        ...

    def save_attempt(self, attempt: Attempt, until: datetime) -> None:
        """Store an attempt to sign in."""
        ...

    def take_attempt(self, state: str, now: datetime) -> Attempt | None:
        """Return an attempt that has not ended, and delete it: it is good once."""
        ...

    def take_form(self, key: str, once: str, now: datetime) -> bool:
        """Whether a form of a session is sent for the first time; from now on it is not."""
        ...


class MemberStore(Protocol):
    """Who is what, by the subject that the user pool knows. Every method may raise Retryable or Defect."""

    def roles_of(self, subject: str) -> Mapping[str, Role]:
        """Return a person's roles by connection; an operator's stands under the empty id."""
        ...

    def members_of(self, connection_id: str) -> Sequence[tuple[str, Role]]:
        """Return the people of a connection, or the operators for the empty id."""
        ...

    def save(self, subject: str, connection_id: str, role: Role, now: datetime) -> None:
        """Give a person a role, in place of the role that the person had there."""
        ...

    def remove(self, subject: str, connection_id: str) -> None:
        """Take a person's role away."""
        ...


class LoginClient(Protocol):
    """The token endpoint of the login."""

    def id_token(self, code: str, verifier: str, redirect_uri: str) -> str:
        """Trade in a code; raise NotSignedIn when it is refused, Retryable when nobody answers."""
        ...


class UserPool(Protocol):
    """The login's directory of people, which alone knows addresses. Every method may raise Retryable or Defect."""

    def subject_of(self, email: str) -> str | None:
        """Return the subject of the person with an address."""
        ...

    def email_of(self, subject: str) -> str | None:
        """Return a person's address."""
        ...

    def invite(self, email: str) -> str:
        """Make a person known and send the invitation; return the subject."""
        ...

    def remove(self, email: str) -> None:
        """Forget a person, who can then no longer sign in."""
        ...
