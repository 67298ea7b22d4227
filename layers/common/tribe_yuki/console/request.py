"""What a browser sends, and what it is sent back, as the pages need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

# Long enough for a reason that somebody gives; a form that is larger was not made here.
LONGEST_FORM = 20_000
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form that was sent."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field's first value, empty when it was not sent."""
        return next(iter(self.fields.get(name, ())), "")


def security_headers(login_origin: str) -> dict[str, str]:
    """Return what every answer says to the browser: nothing but ours is shown or run, and nobody shows us in theirs.

    Signing out is a form that leads on to the login, so that forms may lead there, too.
    """
    return {
        "content-security-policy": f"{_POLICY}; form-action 'self' {login_origin}",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def form_of(event: APIGatewayProxyEventV2) -> Form:
    """Return the form in a request; one that is too large or no text is an empty form."""
    try:
        body = event.decoded_body or ""
    except ValueError:
        return Form()
    return Form() if len(body) > LONGEST_FORM else Form(parse_qs(body, keep_blank_values=True))


def cookies_of(event: APIGatewayProxyEventV2) -> dict[str, str]:
    """Return the cookies of a request: API Gateway hands them over in a list of their own, others in the header."""
    raw = event.raw_event
    text = "; ".join(raw.get("cookies") or [str(raw.get("headers", {}).get("cookie", ""))])
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def is_from_elsewhere(event: APIGatewayProxyEventV2) -> bool:
    """Whether the browser says that another site had it send this."""
    return event.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def cookie(name: str, value: str, *, seconds: int | None = None) -> Cookie:
    """Return a cookie that no script reads and no other site's form brings along; 0 seconds delete it."""
    return Cookie(name, value, path="/", secure=True, http_only=True, same_site=SameSite.LAX_MODE, max_age=seconds)


def html(body: str, status: int = 200, cookies: Sequence[Cookie] = ()) -> Response[str]:
    """Return a page, which no cache keeps."""
    return Response(
        status, f"{content_types.TEXT_HTML}; charset=utf-8", body, {"cache-control": "no-store"}, list(cookies)
    )


def redirect(location: str, cookies: Sequence[Cookie] = ()) -> Response[str]:
    """Send the browser to another page, which it asks for with GET."""
    headers = {"location": location, "cache-control": "no-store"}
    return Response(303, content_types.TEXT_PLAIN, "", headers, list(cookies))
