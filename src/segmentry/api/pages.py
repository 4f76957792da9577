"""Cursors: where the next page of a list begins, as a text that only this workspace makes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request

from segmentry.api.problems import ApiError

MOST = 500
Limit = Annotated[int, Query(ge=1, le=MOST, description=f"At most so many, up to {MOST}.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2_000, description="The `next` of the page before; none for the first."),
]


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors, sealed with a key, so that none can be made up."""

    key: bytes

    def make(self, of: str, place: Any) -> str:
        """The cursor of a place in the list that `of` names."""
        body = json.dumps([of, place], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._seal(body) + body).decode().rstrip("=")

    def read(self, of: str, cursor: str) -> Any:
        """The place that a cursor of that list names. Refuses any other text."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raise _no_cursor() from None
        seal, body = raw[:16], raw[16:]
        if not hmac.compare_digest(seal, self._seal(body)):
            raise _no_cursor()
        made_of, place = json.loads(body)
        if made_of != of:
            raise _no_cursor()
        return place

    def _seal(self, body: bytes) -> bytes:
        return hmac.new(self.key, body, hashlib.sha256).digest()[:16]


def cursors(request: Request) -> Cursors:
    """The cursors of the workspace that is served."""
    found: Cursors = request.app.state.cursors
    return found


def _no_cursor() -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "cursor",
        "The cursor is not one of this list. Take `next` from its last page, or begin anew.",
    )
