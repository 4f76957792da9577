"""Events in any order, in any number of imports, once or twice, give the same facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.facts.tables import TABLES
from segmentry.ingest.events import Reading, Sources, read_events

Event: TypeAlias = dict[str, Any]

_START = datetime(2026, 1, 1, tzinfo=UTC)
_USERS, _DEVICES = ("ann", "bob", None), ("d1", "d2", None)
_TRACKED = (
    *("Product Viewed", "Checkout Started", "Checkout Step Viewed", "Order Completed"),
    *("Order Updated", "Order Cancelled", "Order Refunded", "Unsubscribed", "Quiz"),
)
_ids = st.sampled_from(("1", "2"))
_few = st.sampled_from((None, "x", "y", 3, 2.5))

_properties = st.fixed_dictionaries(
    {},
    optional={
        "order_id": _ids,
        "checkout_id": _ids,
        "cart_id": _ids,
        "total": st.sampled_from((5, 7.25, "3")),
        "products": st.just([{"product_id": "mug", "price": 2, "quantity": 3}]),
        "score": _few,
    },
)
_traits = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(("a@x.test", "b@x.test")),
        "name": _few,
        "plan": st.sampled_from(("club", "none")),
        "address": st.fixed_dictionaries({"country": st.sampled_from(("GB", "FR"))}),
    },
)
_calls = st.one_of(
    st.fixed_dictionaries({"type": st.just("identify"), "traits": _traits}),
    st.fixed_dictionaries(
        {
            "type": st.just("track"),
            "event": st.sampled_from(_TRACKED),
            "properties": _properties,
        }
    ),
    st.fixed_dictionaries({"type": st.just("group"), "groupId": _ids, "traits": _traits}),
    st.fixed_dictionaries(
        {"type": st.just("alias"), "previousId": st.sampled_from(("d1", "d2", "bob"))}
    ),
)


@st.composite
def _events(draw: st.DrawFn) -> list[Event]:
    """Events of two people on two devices, some of them further apart than a device remembers."""
    return [
        _event(number, *each)
        for number, each in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        _calls,
                        st.sampled_from(_USERS),
                        st.sampled_from(_DEVICES),
                        st.integers(0, 12).map(lambda step: step * 96),
                    ),
                    min_size=1,
                    max_size=14,
                )
            )
        )
    ]


def _event(number: int, call: Event, user: str | None, device: str | None, hours: int) -> Event:
    if call["type"] == "alias":
        user = "ann"
    elif user is None and device is None:
        device = "d1"
    at = (_START + timedelta(hours=hours)).isoformat()
    who = {"userId": user, "anonymousId": device}
    return {**call, **who, "timestamp": at, "messageId": f"m{number}"}


def _facts(*imports: list[Event]) -> dict[str, list[str]]:
    with sg.Workspace.create(
        None,
        timezone="Europe/London",
        currency="GBP",
        clock=lambda: datetime(2027, 1, 1, tzinfo=UTC),
    ) as store:
        for events in imports:
            assert not store.import_events(events).report.refused_rows
        found = {name: store.facts(name).to_pylist() for name in TABLES}
        assert store.rebuild() >= 1
        assert _sorted(found) == _sorted({n: store.facts(n).to_pylist() for n in TABLES})
        return _sorted(found)


def _sorted(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


@settings(max_examples=settings().max_examples // 4, deadline=None)
@given(_events(), st.data())
def test_order_and_parts_do_not_matter(events: list[Event], data: st.DataObject) -> None:
    """All at once, shuffled, in parts, and with some of them again: one outcome."""
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    again = data.draw(st.lists(st.sampled_from(events), max_size=3))
    assert _facts(events) == _facts([*parts[0], *again], *parts[1:], [*again, events[0]])


_LINE = (
    b'{"type": "track", "event": "Order Completed", "userId": "ann", "messageId": "m", '
    b'"timestamp": "2026-01-02T10:00:00Z", "properties": {"order_id": 7, "total": 12.50, '
    b'"products": [{"product_id": "mug", "price": 1e1, "quantity": 2}]}, "context": null}'
)
_PIECES = (
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"9" * 30, b"1e999", b"NaN", b"null", b"true"),
    *(b"\xff", b"\x00", b"\\ud800", b"\\u0000", b"-", b".", b"\n", b" ", b""),
)


@settings(max_examples=settings().max_examples, deadline=None)
@given(
    damage=st.lists(
        st.tuples(st.integers(0, len(_LINE)), st.integers(0, 12), st.sampled_from(_PIECES)),
        max_size=4,
    ),
    noise=st.binary(max_size=40),
)
def test_no_line_breaks_an_import(
    damage: list[tuple[int, int, bytes]], noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A damaged line is taken or refused, by its number; those around it are taken."""
    line = _LINE
    for at, length, piece in damage:
        line = line[:at] + piece + line[at + length :]
    good = b'{"type": "track", "event": "x", "userId": "u", "timestamp": "2026-01-02T10:00:00Z"}'
    path = tmp_path_factory.mktemp("damaged") / "events.jsonl"
    path.write_bytes(b"\n".join([good, line, noise.replace(b"\n", b""), good.replace(b"x", b"y")]))
    found = read_events(Sources((path,)), _READING, _Nothing(), lambda share: None)
    names = found.tables["events"]["name"].to_pylist()
    assert {"x", "y"} <= set(names)
    last = 3 + line.count(b"\n")
    assert all(1 < number <= last for number in found.report.refused["line"].to_pylist())


_READING = Reading("shop", ZoneInfo("Europe/London"), "GBP", None, datetime(2027, 1, 1, tzinfo=UTC))


class _Nothing:
    """Facts of a store that knows nothing yet."""

    def events(self, by: str, wanted: Iterable[str]) -> list[dict[str, Any]]:
        """None."""
        return []

    def rows(self, table: str, ids: Iterable[str]) -> list[dict[str, Any]]:
        """None."""
        return []

    def merges(self) -> dict[str, str]:
        """None."""
        return {}
