"""Compressed answers, as IIS or a proxy before it may send them, asked or not."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from simulators.shared import Request, Response

CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}


def compressed(request: Request, response: Response, how: str) -> Response:
    """Return the answer as the switch `compression` says."""
    coding = _acceptable(request) if how == "asked" else how
    if coding not in CODINGS:
        return response
    headers = {**response.headers, "Content-Encoding": coding, "Vary": "Accept-Encoding"}
    return replace(response, body=CODINGS[coding](response.body), headers=headers)


def _acceptable(request: Request) -> str:
    """Return the coding that a request lets pass; without a word of it any is right (RFC 9110, 12.5.3)."""
    accepted = request.headers.get("accept-encoding", "*").lower()
    return "gzip" if "*" in accepted or "gzip" in accepted else "none"
