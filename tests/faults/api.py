"""`make api-faults`: asks a server all that its description allows, and much that it does not.

    python -m tests.faults.api [--minutes N] [--examples N] [--seed N] [--quick]

Every operation is come to within the minutes, with data that fit and data that do not. No answer
may be a fault of ours, or another than the description says; the first of each kind is told with
the command that asks it again, and the program ends with 1. Speaks to 127.0.0.1 alone and stops
by itself; operations that the time did not suffice for are counted, and are no fault.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2 as httpx
import schemathesis

import segmentry as sg
from segmentry.access import Caller
from segmentry.access.access import open_access
from segmentry.access.scopes import ALL_SCOPES
from segmentry.access.setup import FirstAdmin
from segmentry.access.signing_in import Credentials
from segmentry.api.asking import COOKIE, CSRF
from segmentry.workspace import Workspace
from tests.functional.serving import serving

from .asking import Asked, Case, Known, Operation, Report, Seen, ask_all, operations_of

QUICK_EXAMPLES, QUICK_SECONDS = 9, 50.0

_STREAM = "stream_events"
"""Does not end; asked by itself, once."""

_EMAIL, _PASSWORD = "ann@example.com", "tall grass by the sea"
_SEGMENTS = 20
_MOMENTS = (None, "2026-01-02", "2026-02-01T12:00:00", "2026-02-01")
_QUERIES = (
    "number_of_orders > 0",
    "amount_spent >= 5.00 AND last_order_date > -90d",
    "orders_placed MATCHES (count >= 1)",
    "customer_tags CONTAINS 'vip' OR NOT email_subscription_status = 'SUBSCRIBED'",
)
VALUES: Mapping[str, Sequence[Any]] = {
    "query": _QUERIES,
    "text": _QUERIES,
    "as_of": _MOMENTS,
    "until": _MOMENTS,
    "since": ("2026-01-02T00:00:00Z", "2026-01-20T00:00:00Z"),
    "customer": ("a", "b"),
    "customers": (["a"], ["b", "c"], []),
    "segments": ([1, 2], [3], []),
    "segment": (1, 2, None),
    "of": (None, 1),
    "fields": ([], ["number_of_orders", "amount_spent"], ["customer_email"]),
    "attribute": ("lifecycle_stage", "rfm_group"),
    "url": ("https://hooks.invalid/in",),
    "sql": ("SELECT count(*) AS n FROM orders", "SELECT * FROM customers"),
    "version": (1, 2),
    "scopes": (["segments:read"], []),
    "source": ("shop",),
    "cursor": (None,),
    "category": (None, "loyalty"),
    "values": ({},),
    "expires_at": (None,),
}


@dataclass(frozen=True, slots=True)
class Store:
    """A small store that is there to be asked about, and who asks."""

    folder: Path
    token: str
    token_id: str
    known: Known


def make_store(folder: Path) -> Store:
    """Make one with some of everything that has an id."""
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as workspace:
        ids = [f"{letter}{more}" for letter in "abc" for more in ("", *map(str, range(9)))]
        workspace.load(
            {
                "customers": [{"customer_id": each, "email": f"{each}@shop.test"} for each in ids],
                "orders": [
                    {"order_id": each, "customer_id": each, "ordered_at": "2026-01-01", "paid": "5"}
                    for each in ids
                ],
            },
            source="shop",
        )
        caller = Caller.command_line("faults")
        made = workspace.access.tokens.add(caller, "everything", ALL_SCOPES)
        known = Known(VALUES, _places(workspace, caller, ids))
    return Store(folder, made.text, made.token.id, known)


def _places(
    workspace: Workspace, caller: Caller, customers: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    for number in range(_SEGMENTS):
        workspace.segments.add(f"Segment {number}", _QUERIES[number % 3])
    endpoint = workspace.webhooks.add("https://hooks.invalid/in").endpoint
    delivery = workspace.webhooks.ping(endpoint.id)
    tokens = [workspace.access.tokens.add(caller, f"{n}", ["segments:read"]) for n in range(4)]
    setup, _ = workspace.access.setup.new_token(caller)
    workspace.access.setup.use(setup, FirstAdmin(_EMAIL, "Ann", _PASSWORD))
    user = workspace.access.users.named(_EMAIL).id
    segments = [{"id": number} for number in range(1, _SEGMENTS + 1)]
    within = [{"id": n, "customer": customers[n % len(customers)]} for n in range(1, 4)]
    return {
        "/api/v1/segments/{id}": segments,
        "/api/v1/segments/{id}/members/{customer}": within,
        "/api/v1/segments/{id}/why/{customer}": within,
        "/api/v1/customers/{id}": [{"id": each} for each in customers],
        "/api/v1/filters/{name}": [{"name": "customer_tags"}, {"name": "orders_placed.tag"}],
        "/api/v1/presets/{id}": [{"id": each.preset.id} for each in workspace.presets()],
        "/api/v1/jobs/{id}": [{"id": number} for number in (1, 2, 3)],
        "/api/v1/exports/{id}": [{"id": number} for number in range(1, 20)],
        "/api/v1/webhooks/{id}": [{"id": endpoint.id}],
        "/api/v1/deliveries/{id}": [{"id": delivery.id}],
        "/api/v1/users/{id}": [{"id": user}],
        "/api/v1/tokens/{id}": [{"id": each.token.id} for each in tokens],
    }


class _Asks:
    """Brings what each operation takes: a token, or for one's own session a session."""

    def __init__(self, store: Store, address: str) -> None:
        self._store = store
        self._address = address
        self._signed_in: tuple[str, dict[str, str]] = ("", {})
        self.bearer = {"Authorization": f"Bearer {store.token}"}

    def headers(self, operation: Operation, case: Case) -> Mapping[str, str]:
        """The headers of a request."""
        if "sessions" in (operation.tags or ()):
            return self._session(operation.label)
        if "If-Match" in (case.headers or {}) and isinstance(case.path_parameters["id"], int):
            found = httpx.get(
                f"{self._address}/api/v1/segments/{case.path_parameters['id']}",
                headers=self.bearer,
            )
            if found.status_code == 200:
                return {**self.bearer, "If-Match": found.headers["etag"]}
        return self.bearer

    def _session(self, operation: str) -> dict[str, str]:
        """One of its own for each operation: some end it."""
        if self._signed_in[0] != operation:
            with open_access(self._store.folder) as access:
                begun = access.signing_in.sign_in(Credentials(_EMAIL, _PASSWORD, ""))
            headers = {"Cookie": f"{COOKIE}={begun.secret}", CSRF: begun.signed_in.csrf}
            self._signed_in = (operation, {**headers, "Origin": self._address})
        return self._signed_in[1]

    def skip(self, operation: Operation, case: Case) -> bool:
        """Whether a case would take from us what we ask with."""
        if operation.path == "/api/v1/tokens/{id}":
            return bool(case.path_parameters.get("id") == self._store.token_id)
        return False


def asked_everything(folder: Path, examples: int, seed: int, seconds: float) -> Report:
    """Ask a server of a small store; says how each operation answered, as it goes."""
    store = make_store(folder)
    ends = monotonic() + seconds
    with serving(folder) as server:
        asks = _Asks(store, server.address)
        described = httpx.get(f"{server.address}/api/v1/openapi.json", headers=asks.bearer)
        for _ in range(3):
            wanted = {"query": _QUERIES[0], "format": "csv"}
            httpx.post(f"{server.address}/api/v1/exports", json=wanted, headers=asks.bearer)
        schema = schemathesis.openapi.from_dict(described.json())
        schema.config.update(base_url=server.address)
        asked = schema.exclude(operation_id=_STREAM)
        report = Report(len(operations_of(schema)), [_first_of_stream(server.address, asks)])
        how = Asked(asks.headers, store.known, asks.skip)
        left = ends - monotonic()
        for seen in ask_all(asked, how, examples=examples, seconds=left, seed=seed):
            report.seen.append(seen)
            print(f"[{len(report.seen)}/{report.operations}] {seen}", flush=True)
        assert server.process.poll() is None, "the server ended by itself"
    return report


def _first_of_stream(address: str, asks: _Asks) -> Seen:
    """The answer of the operation that does not end."""
    seen = Seen("GET /api/v1/events")
    with httpx.stream("GET", f"{address}/api/v1/events", headers=asks.bearer) as answer:
        seen.statuses[answer.status_code] += 1
        first = next(answer.iter_lines())
    if not first.startswith("event:"):
        seen.faults["stream"] = f"begins with {first!r}"
    return seen


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and tell; 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(prog="api", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20, help="so long at most")
    parser.add_argument("--examples", type=int, default=100, help="of each operation")
    parser.add_argument("--seed", type=int, default=0, help="of the data")
    parser.add_argument("--quick", action="store_true", help="few examples, in a minute")
    asked = parser.parse_args(arguments)
    examples, seconds = asked.examples, asked.minutes * 60
    if asked.quick:
        examples, seconds = QUICK_EXAMPLES, QUICK_SECONDS
    with tempfile.TemporaryDirectory(prefix="api-") as temporary:
        report = asked_everything(Path(temporary) / "store", examples, asked.seed, seconds)
    print(report)
    return int(bool(report.wrong))


if __name__ == "__main__":
    sys.exit(main())
