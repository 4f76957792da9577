"""A workspace that a server has, for a notebook elsewhere: the same questions, over HTTP.

Answers are what the library gives: counts with their moment, members as Arrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

import httpx
import pyarrow as pa

from segmentry.base.errors import Problem, QueryError, UserError, WorkspaceError
from segmentry.segments.answer import Result

_LONGEST = 120.0


class Connected:
    """The workspace of a server. Use it in a `with` block or close it."""

    def __init__(self, url: str, token: str, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=_LONGEST)
        self._url = url.rstrip("/") + "/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ask("GET", "/session")  # at once, so that a wrong token is told where it is given

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def query(self, text: str, *, as_of: datetime | date | None = None) -> Result:
        """The customers a query is true for at a moment, now if none is given."""
        return _result(self._members({"query": text}, as_of))

    def members(
        self, text: str, fields: Sequence[str] = (), *, as_of: datetime | date | None = None
    ) -> pa.Table:
        """The members of a query, with the values of attributes."""
        return self._members({"query": text, "fields": list(fields)}, as_of)

    def sql(self, statement: str) -> pa.Table:
        """What one SELECT over the facts gives. Nothing can be changed."""
        return _table(self._ask("POST", "/sql", {"sql": statement}))

    @property
    def segments(self) -> ConnectedSegments:
        """The saved segments."""
        return ConnectedSegments(self)

    def _members(self, wanted: dict[str, Any], as_of: datetime | date | None) -> pa.Table:
        asked = wanted | {"as_of": None if as_of is None else as_of.isoformat()}
        return _table(self._ask("POST", "/members.arrow", asked))

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._client.request(
                method, self._url + path, json=body, params=params, headers=self._headers
            )
        except httpx.HTTPError as error:
            raise WorkspaceError(f"{self._url} does not answer: {error}.") from error
        if answer.is_success:
            return answer
        raise _error(answer)


@dataclass(frozen=True, slots=True)
class ConnectedSegments:
    """The saved segments of a server's workspace."""

    _of: Connected

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order the segments were made."""
        return tuple(each["name"] for each in self._all())

    def __getitem__(self, name: str) -> ConnectedSegment:
        for each in self._all():
            if each["name"].casefold() == name.casefold():
                return ConnectedSegment(self._of, each["id"], each["name"], each["query"])
        raise UserError(f"There is no segment '{name}'.")

    def _all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            params = {"limit": 500} | ({"cursor": cursor} if cursor else {})
            page = self._of._ask("GET", "/segments", params=params).json()
            found += page["segments"]
            cursor = page["next"]
            if cursor is None:
                return found


@dataclass(frozen=True, slots=True)
class ConnectedSegment:
    """A saved segment of a server's workspace."""

    _of: Connected
    id: int
    name: str
    query: str

    def result(self, *, as_of: datetime | date | None = None) -> Result:
        """Its members at a moment, now if none is given, with count and sentence."""
        return _result(self._of._members({"segment": self.id}, as_of))

    def members(
        self, *, as_of: datetime | date | None = None, fields: Sequence[str] = ()
    ) -> pa.Table:
        """Its members, with the values of attributes."""
        return self._of._members({"segment": self.id, "fields": list(fields)}, as_of)

    def why(self, customer: str, *, as_of: datetime | date | None = None) -> dict[str, Any]:
        """Why a customer is in it or not, as the server tells it."""
        params = {} if as_of is None else {"as_of": as_of.isoformat()}
        answer = self._of._ask("GET", f"/segments/{self.id}/why/{customer}", params=params)
        found: dict[str, Any] = answer.json()
        return found

    def history(self, *, customer: str | None = None, limit: int = 10_000) -> pa.Table:
        """Who joined and left it, when and why, the latest first."""
        params = {"limit": limit} | ({"customer": customer} if customer else {})
        rows = self._of._ask("GET", f"/segments/{self.id}/history", params=params).json()
        return pa.Table.from_pylist(rows)


def _table(answer: httpx.Response) -> pa.Table:
    with pa.ipc.open_stream(answer.content) as stream:
        return stream.read_all()


def _result(table: pa.Table) -> Result:
    told = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    undated = tuple(told["undated"].split(", ")) if told["undated"] else ()
    return Result(
        told["text"],
        told["sentence"],
        (),
        datetime.fromisoformat(told["as_of"]),
        tuple(table.column("customer_id").to_pylist()),
        int(told["live"]),
        undated,
    )


def _error(answer: httpx.Response) -> UserError:
    """What the server refused, as the library would."""
    try:
        told = answer.json()
        detail = str(told["detail"])
    except (ValueError, KeyError, TypeError):
        return WorkspaceError(f"The server answered {answer.status_code}.")
    if told.get("problems"):
        return QueryError(told["query"], tuple(Problem(**each) for each in told["problems"]))
    return UserError(detail)
