"""Who asks, and whether they may: what every route depends on.

A route names the one scope it takes. Who asks is found by a token in the header `Authorization`
or by the cookie of a session. What changes something by a cookie must come from our own pages:
it brings what only they know, and says where it comes from.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from segmentry.access import Access, Caller
from segmentry.access.keys import Keys
from segmentry.access.sessions import SignedIn
from segmentry.api.problems import ApiError
from segmentry.base.errors import NotSignedIn
from segmentry.serving.served import Served

COOKIE = "__Host-segmentry"
"""Browsers send it back to this server alone, and only where nobody listens: over TLS, or to
the machine itself."""

CSRF = "X-CSRF-Token"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def served_by(request: Request) -> Served:
    """The workspace that is served."""
    found: Served = request.app.state.served
    return found


ServedNow = Annotated[Served, Depends(served_by)]


def address_of(request: Request) -> str:
    """The address that somebody asks from, by their connection or by a proxy that is known.
    What headers say of it otherwise anybody can make up."""
    return request.client.host if request.client else ""


def signed_in(request: Request) -> SignedIn:
    """Whose session it is. Refuses nobody, and a change that our pages did not send."""
    secret = request.cookies.get(COOKIE)
    if secret is None:
        raise NotSignedIn
    found = _access(request).sessions.find(secret, address_of(request))
    if request.method not in _SAFE:
        refuse_other_pages(request)
        if not found.came_from_here(request.headers.get(CSRF, "")):
            raise ApiError(HTTPStatus.FORBIDDEN, "csrf", f"Send the session's `csrf` as {CSRF}.")
    return found


def refuse_other_pages(request: Request) -> None:
    """Refuse what a browser sends on behalf of a page that is not ours, or will not say."""
    scheme, told = _page(request.headers.get("origin", ""))
    # Of who came over TLS a page of ours did as well: one that did not, others may have changed.
    plain = request.scope["scheme"] == "https" and scheme != "https"
    if not told or told != request.headers.get("host", "") or plain:
        raise ApiError(HTTPStatus.FORBIDDEN, "origin", "That came from a page of another server.")


def _page(origin: str) -> tuple[str, str]:
    """The scheme and the host of an origin; nothing of what is none."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return "", ""
    return found.scheme, found.netloc


def caller(request: Request) -> Caller:
    """Whoever asks: a program by its token, somebody by their session."""
    given = request.headers.get("authorization")
    if given is None:
        return signed_in(request).caller
    kind, _, text = given.partition(" ")
    if kind.lower() != "bearer":
        raise NotSignedIn
    return _access(request).tokens.find(text.strip(), address_of(request))


_NOTED = frozenset(
    {
        *("segments:write", "settings:write", "customers:erase", "customers:pii", "sql:read"),
        *("exports:read", "imports:write", "jobs:write", "webhooks:write"),
        "backups:write",
    }
)
"""What is done by these scopes is written down here; access writes down by itself what is done
to users, sessions and tokens, and records are too many."""


@dataclass(frozen=True)
class Asks:
    """The dependency of a route on somebody who has a scope; what they did is written down
    before they are told that it is done, with what a route leaves in the request's `noted`."""

    scope: str

    def __call__(
        self, request: Request, who: Annotated[Caller, Depends(caller)]
    ) -> Iterator[Caller]:
        """Whoever asks. Refuses nobody, and somebody without the scope."""
        who.require(self.scope)
        yield who
        if self.scope in _NOTED:
            route = request.scope["route"]
            thing = str(next(iter(request.path_params.values()), ""))
            kind = route.tags[0] if route.tags else "api"
            audit, keys = _access(request).audit, _access(request).keys
            named = _hashed(keys, thing) if kind == "customers" else thing[:200]
            audit.note(who, route.name, kind, named, getattr(request.state, "noted", None))


def _hashed(keys: Keys, customer: str) -> str:
    """A customer in the audit log, which nobody can be erased from: the same for the same id."""
    keys.look()
    key = keys.find("audit")
    return "" if key is None else hmac.digest(key, f"customer {customer}".encode(), "sha256").hex()


def may(scope: str) -> Any:
    """That whoever asks has a scope."""
    return Depends(Asks(scope), scope="function")


def _access(request: Request) -> Access:
    return served_by(request).access
