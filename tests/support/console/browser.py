"""A browser without a window: it keeps cookies, follows where it is sent, and sends the forms that a page has."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml import html as lxml_html

from tests.support.console.login import Login
from tests.support.world.workers import lambda_context
from tribe_yuki.entrypoints.console import Site

ADDRESS = "https://console.example"


@dataclass(frozen=True)
class Answer:
    """What the console answered, and as which address."""

    status: int
    path: str
    text: str
    headers: dict[str, str]

    @property
    def page(self) -> Any:
        """Return the page, parsed."""
        return lxml_html.fromstring(self.text)

    @property
    def words(self) -> str:
        """Return what one reads on the page."""
        return re.sub(r"\s+", " ", unescape(self.page.text_content()))

    def forms(self, action: str) -> list[dict[str, str]]:
        """Return the fields of the page's forms that have a button for an action."""
        found = self.page.xpath(f"//form[.//button[@name='action' and @value='{action}']]")
        return [
            {entry.get("name"): entry.get("value", "") for entry in form.xpath(".//input[@name]")} | {"action": action}
            for form in found
        ]

    def form_to(self, address: str) -> dict[str, str]:
        """Return the fields of the page's form that goes to an address."""
        (form,) = self.page.xpath(f"//form[@action='{address}']")
        return {entry.get("name"): entry.get("value", "") for entry in form.xpath(".//input[@name]")}


@dataclass
class Browser:
    """One person's browser at the console of a world."""

    site: Site
    login: Login
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "nl"
    headers: dict[str, str] = field(default_factory=dict)

    def sign_in(self, subject: str, to: str = "/") -> Answer:
        """Sign in through the login, and end at a page."""
        begun = self.request("GET", f"/sign-in?{urlencode({'to': to})}")
        back = self.login.sign_in(begun.headers["location"], subject)
        return self.follow(self.request("GET", back.removeprefix(ADDRESS)))

    def get(self, address: str) -> Answer:
        """Open a page of the console, wherever that leads within it."""
        return self.follow(self.request("GET", address))

    def post(self, address: str, fields: dict[str, str]) -> Answer:
        """Send a form, and go where that leads."""
        return self.follow(self.request("POST", address, urlencode(fields)))

    def follow(self, answer: Answer) -> Answer:
        """Go on as long as the console leads to another page of its own."""
        while answer.status == 303 and answer.headers["location"].startswith("/"):
            answer = self.request("GET", answer.headers["location"])
        return answer

    def request(self, method: str, address: str, body: str = "") -> Answer:
        """Send one request as API Gateway hands it over, and keep the cookies of the answer."""
        parts = urlsplit(address)
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "queryStringParameters": dict(parse_qsl(parts.query)),
            "headers": {
                "accept-language": self.language,
                "content-type": "application/x-www-form-urlencoded",
                **self.headers,
            },
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {"http": {"method": method, "path": parts.path}, "stage": "$default"},
            "body": b64encode(body.encode()).decode(),
            "isBase64Encoded": True,
        }
        answer = self.site.answer(event, lambda_context())
        for cookie in answer.get("cookies", []):
            self._keep(cookie)
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        return Answer(answer["statusCode"], address, answer.get("body") or "", headers)

    def _keep(self, cookie: str) -> None:
        pair, *attributes = cookie.split("; ")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
