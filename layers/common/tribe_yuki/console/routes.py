"""The pages' addresses: who may see each, and what is pressed on it (design 12).

GET /                                       the person's connection, or the choice of one
GET /connections/{id}/attention             what waits for people
GET /connections/{id}/invoices              invoices by state
GET /connections/{id}/invoices/{invoice}    one invoice, with its story
POST /connections/{id}/decisions            a decision about an invoice
GET /sign-in, /sign-in/callback, POST /sign-out, GET /signed-out, /language/{code}, /static/{file}
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.console import sign_in
from tribe_yuki.console.attention import attention
from tribe_yuki.console.decide import OUTCOMES, SENT_TWICE, Pressed, actions_for, decide
from tribe_yuki.console.pages import LANGUAGES, preferred_language, render, static_files
from tribe_yuki.console.request import Form, cookie, cookies_of, form_of, html, is_from_elsewhere, redirect
from tribe_yuki.console.roles import NEEDS_REASON, Action, Role
from tribe_yuki.console.session import IDLE, Session, form_token, is_form_token, key_of, new_session
from tribe_yuki.console.sign_in import Login, NotSignedIn
from tribe_yuki.console.store import LoginClient, MemberStore, SessionStore
from tribe_yuki.core.errors import ConnectorError, Retryable
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.explain import explain_record
from tribe_yuki.status.invoices import list_invoices

OPERATORS = ""
"""The connection under which the operators' roles stand."""
# The pages that say only one thing, each with a title, what it is, and where to go on.
MESSAGES = ("signed_out", "not_signed_in", "not_found", "no_role", "not_your_form", "try_again")
_SIGN_IN_COOKIE = "sign-in"
_LANGUAGE_COOKIE = "language"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person: the session and its id, and what the person is by connection."""

    session_id: str
    session: Session
    roles: dict[str, Role]

    def role_in(self, connection_id: str) -> Role | None:
        """Return what the person is for a connection; None for somebody else's connection."""
        return self.roles.get(OPERATORS) or self.roles.get(connection_id)


@dataclass(frozen=True, slots=True)
class Console:
    """Everything that the pages work with; `operator` gives the person at work, by what the journal calls the person.

    `address` is where browsers find the console, without a closing slash.
    """

    address: str
    sessions: SessionStore
    members: MemberStore
    login: Login
    login_client: LoginClient
    operator: Callable[[str], Operator]
    now: Callable[[], datetime]

    @property
    def session_cookie(self) -> str:
        """Return the name of the session's cookie: with HTTPS one that no other host can set."""
        return "__Host-session" if self.address.startswith("https://") else "session"


def make_routes(console: Console) -> APIGatewayHttpResolver:
    """Return what answers the requests of browsers."""
    app = APIGatewayHttpResolver()
    pages = _Pages(console, app)
    app.get("/")(pages.start)
    app.get("/static/<name>")(pages.static)
    app.get("/sign-in")(pages.begin_sign_in)
    app.get("/sign-in/callback")(pages.finish_sign_in)
    app.post("/sign-out")(pages.sign_out)
    app.get("/signed-out")(pages.signed_out)
    app.get("/language/<code>")(pages.choose_language)
    app.get("/connections/<connection_id>/attention")(pages.attention)
    app.get("/connections/<connection_id>/invoices")(pages.invoices)
    app.get("/connections/<connection_id>/invoices/<tribe_invoice_id>")(pages.invoice)
    app.post("/connections/<connection_id>/decisions")(pages.decide)
    app.not_found(pages.nothing_here)
    app.exception_handler(ConnectorError)(pages.failed)
    return app


@dataclass(frozen=True, slots=True)
class _Pages:
    console: Console
    app: APIGatewayHttpResolver

    # Signing in and out

    def begin_sign_in(self) -> Response[str]:
        """Send the browser to the login."""
        target = self.app.current_event.query_string_parameters.get("to", "/")
        browser, attempt = sign_in.begin(target if _is_own_path(target) else "/")
        self.console.sessions.save_attempt(attempt, self.console.now() + sign_in.TIME_TO_SIGN_IN)
        address = sign_in.login_address(self.console.login, attempt, self._callback, self._language())
        return redirect(
            address, [cookie(_SIGN_IN_COOKIE, browser, seconds=int(sign_in.TIME_TO_SIGN_IN.total_seconds()))]
        )

    def finish_sign_in(self) -> Response[str]:
        """Begin a session for whoever comes back from the login."""
        query, now = self.app.current_event.query_string_parameters, self.console.now()
        attempt = self.console.sessions.take_attempt(query.get("state", ""), now)
        browser = cookies_of(self.app.current_event).get(_SIGN_IN_COOKIE, "")
        if attempt is None or sign_in.digest(browser) != attempt.browser or "code" not in query:
            raise NotSignedIn("attempt_unknown", "the login was not begun here, or took too long; sign in again")
        id_token = self.console.login_client.id_token(query["code"], attempt.verifier, self._callback)
        subject = sign_in.subject_of(id_token, self.console.login, attempt.nonce, now)
        session_id, session = new_session(subject, now)
        self.console.sessions.save(session)
        cookies = [cookie(self.console.session_cookie, session_id), cookie(_SIGN_IN_COOKIE, "", seconds=0)]
        return redirect(attempt.target, cookies)

    def sign_out(self) -> Response[str]:
        """End the session, here and at the login."""
        visitor = self._visitor()
        if visitor is not None and self._is_own_form(visitor, form_of(self.app.current_event)):
            self.console.sessions.end(visitor.session.key)
        address = sign_in.logout_address(self.console.login, f"{self.console.address}/signed-out")
        return redirect(address, [cookie(self.console.session_cookie, "", seconds=0)])

    def signed_out(self) -> Response[str]:
        """Say that the session has ended."""
        return self._message("signed_out", 200)

    # What anybody gets

    def static(self, name: str) -> Response[str]:
        """Return a file that browsers keep."""
        file = static_files().get(name)
        if file is None:
            raise NotFoundError("static file")
        headers = {"cache-control": f"public, max-age={_A_YEAR}, immutable"}
        return Response(200, file.content_type, file.text, headers)

    def choose_language(self, code: str) -> Response[str]:
        """Remember the language that a person chose."""
        back = self.app.current_event.query_string_parameters.get("back", "/")
        kept = [cookie(_LANGUAGE_COOKIE, code, seconds=_A_YEAR)] if code in LANGUAGES else []
        return redirect(back if _is_own_path(back) else "/", kept)

    def nothing_here(self, _error: Exception) -> Response[str]:
        """Say that there is no such page, or none for this person: nobody can tell the two apart."""
        return self._message("not_found", 404)

    def failed(self, error: ConnectorError) -> Response[str]:
        """Say what failed and what to do."""
        match error:
            case NotSignedIn():
                return self._message("not_signed_in", 403)
            case Declined(code="connection_unknown" | "record_unknown" | "invoice_unknown"):
                return self._message("not_found", 404)
            case Retryable():
                return self._message("try_again", 503)
            case _:
                raise error

    # Pages of a person

    def start(self) -> Response[str]:
        """Lead to the one connection of a person, or show those that there are."""
        visitor = self._visitor()
        if visitor is None:
            return self._to_sign_in()
        own = sorted(visitor.roles.keys() - {OPERATORS})
        if OPERATORS in visitor.roles:
            own = sorted(self.console.operator("").records.all_ids())
        if not own:
            return self._message("no_role", 403, visitor)
        if len(own) == 1:
            return redirect(f"/connections/{own[0]}/attention")
        return self._page("connections.html", visitor, None, connections=own)

    def attention(self, connection_id: str) -> Response[str]:
        """Show what waits for people."""
        visitor = self._visitor()
        if visitor is None:
            return self._to_sign_in()
        role = self._role(visitor, connection_id)
        shown = attention(self._operator(visitor, role), connection_id, role, self._language())
        return self._page("attention.html", visitor, connection_id, shown=shown, role=role)

    def invoices(self, connection_id: str) -> Response[str]:
        """Show the newest invoices, in any state or in one."""
        visitor = self._visitor()
        if visitor is None:
            return self._to_sign_in()
        role = self._role(visitor, connection_id)
        query = self.app.current_event.query_string_parameters
        number, state = query.get("number", "").strip(), query.get("state", "")
        operator = self._operator(visitor, role)
        if number:
            found = operator.stores(connection_id).transfers.holders_of_reference(number)
            if len(found) == 1 and is_guid(found[0]):
                return redirect(f"/connections/{connection_id}/invoices/{found[0]}")
        states = [State(state)] if state in set(State) else []
        shown = list_invoices(operator, connection_id, states=states, language=self._language())
        lines = [line for line in shown.invoices if not number or number.lower() in line.invoice.lower()]
        return self._page(
            "invoices.html",
            visitor,
            connection_id,
            role=role,
            lines=lines,
            has_more=shown.has_more,
            states=tuple(State),
            state=state,
            number=number,
        )

    def invoice(self, connection_id: str, tribe_invoice_id: str) -> Response[str]:
        """Show one invoice with its story, and what can be decided about it."""
        visitor = self._visitor()
        if visitor is None:
            return self._to_sign_in()
        role = self._role(visitor, connection_id)
        operator = self._operator(visitor, role)
        transfer = operator.stores(connection_id).transfers.get(tribe_invoice_id) if is_guid(tribe_invoice_id) else None
        if transfer is None:
            raise NotFoundError("invoice")
        story = explain_record(operator, connection_id, tribe_invoice_id, self._language()).stories[0]
        actions = actions_for(transfer, role)
        return self._page(
            "invoice.html", visitor, connection_id, role=role, transfer=transfer, story=story, actions=actions
        )

    def decide(self, connection_id: str) -> Response[str]:
        """Carry out what a person pressed, once, and lead back to where it was pressed."""
        visitor = self._visitor()
        if visitor is None:
            return self._to_sign_in(f"/connections/{connection_id}/attention")
        role = self._role(visitor, connection_id)
        form = form_of(self.app.current_event)
        if is_from_elsewhere(self.app.current_event) or not self._is_own_form(visitor, form):
            return self._message("not_your_form", 403, visitor)
        action, invoice = form.text("action"), form.text("invoice")
        if action not in set(Action) or not is_guid(invoice):
            raise NotFoundError("decision")
        if self.console.sessions.take_form(visitor.session.key, form.text("once"), self.console.now()):
            pressed = Pressed(Action(action), invoice, form.text("why"))
            outcome = decide(self._operator(visitor, role), connection_id, pressed, role)
        else:
            outcome = SENT_TWICE
        page = f"invoices/{invoice}" if form.text("page") == "invoice" else "attention"
        said = urlencode({"action": action, "outcome": outcome, "invoice": invoice})
        return redirect(f"/connections/{connection_id}/{page}?{said}")

    # What all pages need

    def _visitor(self) -> Visitor | None:
        """Return who is signed in, and note that the person is still there."""
        session_id = cookies_of(self.app.current_event).get(self.console.session_cookie, "")
        now = self.console.now()
        session = self.console.sessions.find(key_of(session_id), now) if session_id else None
        if session is None:
            return None
        if session.is_to_be_renewed(now):
            self.console.sessions.save(Session(session.key, session.subject, session.started_at, now))
        return Visitor(session_id, session, dict(self.console.members.roles_of(session.subject)))

    def _role(self, visitor: Visitor, connection_id: str) -> Role:
        role = visitor.role_in(connection_id)
        if role is None:
            raise NotFoundError("connection")
        return role

    def _operator(self, visitor: Visitor, role: Role) -> Operator:
        return self.console.operator(f"{role} {visitor.session.subject}")

    def _is_own_form(self, visitor: Visitor, form: Form) -> bool:
        return is_form_token(visitor.session_id, form.text("once"), form.text("token"))

    def _to_sign_in(self, target: str | None = None) -> Response[str]:
        to = target or self.app.current_event.path
        return redirect(f"/sign-in?{urlencode({'to': to})}")

    def _message(self, message: str, status: int, visitor: Visitor | None = None) -> Response[str]:
        return self._page("message.html", visitor, None, status, message=message)

    def _page(
        self, template: str, visitor: Visitor | None, connection_id: str | None, status: int = 200, **values: object
    ) -> Response[str]:
        event = self.app.current_event
        query = event.query_string_parameters
        asked = {
            "path": event.path,
            "visitor": visitor,
            "connection_id": connection_id,
            "now": self.console.now(),
            "idle_minutes": int(IDLE.total_seconds() // 60),
            "needs_reason": NEEDS_REASON,
            "new_form": lambda: _new_form(visitor),
            "known_outcomes": OUTCOMES,
            "all_actions": tuple(Action),
            "did": query.get("action", ""),
            "outcome": query.get("outcome", ""),
        }
        return html(render(template, self._language(), asked | values), status)

    def _language(self) -> str:
        event = self.app.current_event
        return preferred_language(cookies_of(event).get(_LANGUAGE_COOKIE), event.headers.get("accept-language"))

    @property
    def _callback(self) -> str:
        return f"{self.console.address}/sign-in/callback"


def _new_form(visitor: Visitor | None) -> dict[str, str]:
    """Return the hidden fields of a form: they prove whose it is, and that it is sent once."""
    if visitor is None:
        return {}
    once = token_urlsafe(16)
    return {"once": once, "token": form_token(visitor.session_id, once)}


def _is_own_path(path: str) -> bool:
    """Whether an address is a page of the console, and not another site's."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
